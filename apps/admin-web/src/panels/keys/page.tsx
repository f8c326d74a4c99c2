import { Button, Group, Select, Skeleton, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { counted } from '../../lib/format.ts';
import { useGo } from '../../lib/go.ts';
import { usePlanChoices } from '../../lib/plan-choices.ts';
import { KEY_ACCESSES, KEY_STATUSES } from '../../lib/statuses.ts';
import { useUrlState } from '../../lib/url-state.ts';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { KeyMask, KeyStatus } from '../../ui/key-status.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { TextFilter } from '../../ui/text-filter.tsx';
import { Time } from '../../ui/time.tsx';
import { CreateKey } from './create-key.tsx';
import { isFiltered, type KeyFilter, NO_FILTER } from './filter.ts';
import { type Key, useKeys, useSparklines } from './queries.ts';
import { batchesById, callsOfKey } from './usage-points.ts';

/** The API accepts at most this many `keyIds` in a usage summary. */
const SPARKLINE_BATCH = 100;

/** The list of keys, and the dialog that creates one. */
export function Page() {
  const [{ create, ...filter }, setUrl] = useUrlState({ ...NO_FILTER, create: '' });
  const go = useGo();
  const keys = useKeys(filter);
  const batches = useMemo(() => {
    const ids = (keys.rows ?? []).map(({ id }) => id);
    return batchesById(ids, SPARKLINE_BATCH);
  }, [keys.rows]);
  const columns = useMemo(() => keyColumns((id) => batches.get(id) ?? [id]), [batches]);
  const showForm = () => setUrl({ create: '1' });
  return (
    <Frame
      title="Keys"
      lead="API keys that your consumers call with. A key uses the quota and rate of its entitlement."
      actions={<CreateButton onClick={showForm} />}
    >
      <KeyFilters filter={filter} onChange={setUrl} />
      <ListView
        label="API keys"
        failed="The keys could not be loaded"
        columns={columns}
        list={keys}
        rowKey={({ id }) => id}
        onRow={({ id }) => go(`/keys/${id}`)}
        empty={<NoKeys filter={filter} onClear={() => setUrl(NO_FILTER)} onCreate={showForm} />}
      />
      <CreateKey opened={create === '1'} consumerId={filter.consumer} onClose={() => setUrl({ create: '' })} />
    </Frame>
  );
}

const CreateButton = ({ onClick }: { onClick: () => void }) => (
  <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
    Create key
  </Button>
);

const NoKeys = ({ filter, onClear, onCreate }: { filter: KeyFilter; onClear: () => void; onCreate: () => void }) =>
  isFiltered(filter) ? (
    <NoMatches title="No keys match these filters" onClear={onClear}>
      Search by part of the name, the beginning of the key, or its last 4 characters.
    </NoMatches>
  ) : (
    <EmptyState title="No keys yet" action={<CreateButton onClick={onCreate} />}>
      Your API keys appear here. Create one and give it to a consumer: the full key is shown only once.
    </EmptyState>
  );

interface KeyFiltersProps {
  filter: KeyFilter;
  onChange: (changes: Partial<KeyFilter>) => void;
}

function KeyFilters({ filter, onChange }: KeyFiltersProps) {
  const plans = usePlanChoices();
  const planIds = new Set([...(plans.data ?? []).map(({ id }) => id), ...(filter.plan ? [filter.plan] : [])]);
  return (
    <Group gap="xs" align="flex-start">
      <TextFilter
        label="Search"
        value={filter.search}
        onChange={(search) => onChange({ search })}
        placeholder="Name, key prefix or last 4"
        width={230}
      />
      <ChoiceFilter label="Status" choices={KEY_STATUSES} value={filter.status} onChange={(status) => onChange({ status })} />
      <ChoiceFilter label="Plan" choices={[...planIds]} value={filter.plan} onChange={(plan) => onChange({ plan })} />
      <ObjectSelect
        type="consumer"
        label="Consumer"
        placeholder="Any"
        size="xs"
        w={180}
        value={filter.consumer}
        onChange={(consumer) => onChange({ consumer })}
      />
      <ChoiceFilter label="Access" choices={KEY_ACCESSES} value={filter.access} onChange={(access) => onChange({ access })} />
      {isFiltered(filter) && (
        <Button variant="subtle" size="xs" mt={22} onClick={() => onChange(NO_FILTER)}>
          Clear filters
        </Button>
      )}
    </Group>
  );
}

interface ChoiceFilterProps {
  label: string;
  choices: readonly string[];
  value: string;
  onChange: (choice: string) => void;
}

const ChoiceFilter = ({ label, choices, value, onChange }: ChoiceFilterProps) => (
  <Select
    label={label}
    placeholder="Any"
    size="xs"
    w={130}
    data={[...choices]}
    value={choices.includes(value) ? value : null}
    onChange={(choice) => onChange(choice ?? '')}
    clearable
    clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
    checkIconPosition="right"
    comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
  />
);

/** @param batchOf the keys whose usage is fetched in one request with this key’s */
const keyColumns = (batchOf: (id: string) => readonly string[]): Column<Key>[] => [
  {
    key: 'name',
    title: 'Name',
    cell: ({ id, name }) => (
      <PageLink to={`/keys/${id}`} size="sm" fw={500} lineClamp={2} className="break" title={name}>
        {name}
      </PageLink>
    ),
  },
  { key: 'key', title: 'Key', cell: (key) => <KeyMask of={key} />, wide: true },
  { key: 'status', title: 'Status', cell: (key) => <KeyStatus of={key} /> },
  { key: 'plan', title: 'Plan', cell: ({ plan }) => plan },
  { key: 'used', title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} size="sm" />, wide: true },
  { key: 'calls', title: 'Last 24 hours', cell: ({ id }) => <KeySparkline id={id} batch={batchOf(id)} />, wide: true },
  { key: 'created', title: 'Created', cell: ({ createdAt }) => <Time at={createdAt} size="sm" />, wide: true },
];

function KeySparkline({ id, batch }: { id: string; batch: readonly string[] }) {
  const { data, isError } = useSparklines(batch, useMountedFor(SPARKLINE_DELAY_MS));
  if (isError) {
    return (
      <Text span size="xs" c="dimmed">
        not available
      </Text>
    );
  }
  if (data === undefined) return <Skeleton height={24} width={96} />;
  const values = callsOfKey(data, id);
  const calls = values.reduce((sum, value) => sum + value, 0);
  return <Sparkline values={values} label={`${counted(calls, 'call')} in the last 24 hours`} />;
}

/** Rows that are only scrolled past don’t request their usage. */
const SPARKLINE_DELAY_MS = 250;

function useMountedFor(delayMs: number): boolean {
  const [elapsed, setElapsed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setElapsed(true), delayMs);
    return () => clearTimeout(timer);
  }, [delayMs]);
  return elapsed;
}
