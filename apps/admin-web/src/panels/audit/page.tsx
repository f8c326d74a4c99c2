import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useLinkedRow } from '../../lib/linked-row.ts';
import { usePages } from '../../lib/pages.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Actor } from '../../ui/actor.tsx';
import { CsvButton } from '../../ui/csv-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { TextFilter } from '../../ui/text-filter.tsx';
import { Time } from '../../ui/time.tsx';
import { TimeFields } from '../../ui/time-fields.tsx';
import { EntryDrawer } from './entry-drawer.tsx';
import { ACTIONS, ACTORS, type AuditFilter, isFiltered, NO_FILTER, OBJECT_TYPES } from './filter.ts';
import { detailsSummary, type Entry, entriesKey, exportEntries, LINKED_KEY, readEntries, readEntriesBetween } from './queries.ts';

/** The audit log. */
export function Page() {
  const [{ entry: id, at, ...texts }, change] = useUrlState({ ...NO_FILTER, entry: '', at: '' });
  const { actor, action, type, object, range, from, to } = texts;
  const filter: AuditFilter = useMemo(
    () => ({ actor, action, type, object, range, from, to }),
    [actor, action, type, object, range, from, to],
  );
  const list = usePages({ queryKey: entriesKey(filter), read: (page) => readEntries(filter, page) });
  const linked = useLinkedRow<Entry>({ id, at, rows: list.rows, queryKey: LINKED_KEY, read: readEntriesBetween });
  const showEntry = (row: Entry) => change({ entry: row.id, at: row.at });
  const clear = () => change(NO_FILTER);
  return (
    <Frame title="Audit" lead="A record of every change made by operators, buyers and billing.">
      <Stack>
        <Group justify="space-between" align="flex-end" gap="sm">
          <AuditFilters filter={filter} onChange={change} onClear={clear} />
          <CsvButton fileName="audit.csv" table={(onProgress) => exportEntries(filter, onProgress)} />
        </Group>
        <ListView
          label="Audit entries"
          failed="The audit log could not be loaded"
          columns={columns(showEntry)}
          list={list}
          rowKey={(row) => row.id}
          onRow={showEntry}
          empty={<NoEntries filter={filter} onClear={clear} />}
        />
      </Stack>
      <EntryDrawer opened={id !== ''} row={linked} onClose={() => change({ entry: '', at: '' })} />
    </Frame>
  );
}

interface AuditFiltersProps {
  filter: AuditFilter;
  onChange: (changes: Partial<AuditFilter>) => void;
  onClear: () => void;
}

const FILTERS = [
  { name: 'action', label: 'Action', placeholder: 'Any', options: ACTIONS, width: 160 },
  { name: 'type', label: 'Object type', placeholder: 'Any', options: OBJECT_TYPES, width: 130 },
  { name: 'object', label: 'Object ID', placeholder: 'Any', width: 170 },
  { name: 'actor', label: 'Actor', placeholder: 'Anyone', options: ACTORS, width: 150 },
] as const;

const AuditFilters = ({ filter, onChange, onClear }: AuditFiltersProps) => (
  <Group gap="xs" align="flex-start">
    {FILTERS.map(({ name, ...field }) => (
      <TextFilter key={name} {...field} value={filter[name]} onChange={(text) => onChange({ [name]: text })} />
    ))}
    <TimeFields value={filter} onChange={onChange} />
    {isFiltered(filter) && (
      <Button variant="subtle" size="xs" mt={25} onClick={onClear}>
        Clear filters
      </Button>
    )}
  </Group>
);

const columns = (onShow: (entry: Entry) => void): Column<Entry>[] => [
  { key: 'at', title: 'Time', cell: ({ at }) => <Time at={at} stamp size="sm" /> },
  {
    key: 'action',
    title: 'Action',
    cell: (entry) => (
      <Anchor component="button" type="button" size="sm" ta="left" style={{ whiteSpace: 'nowrap' }} onClick={() => onShow(entry)}>
        {entry.action}
      </Anchor>
    ),
  },
  { key: 'object', title: 'Object', cell: ({ objectType, objectId }) => <ObjectLink type={objectType} id={objectId} /> },
  { key: 'actor', title: 'Actor', wide: true, cell: ({ actor }) => <Actor id={actor} /> },
  {
    key: 'details',
    title: 'Details',
    wide: true,
    cell: ({ details }) => (
      <Text size="sm" c="dimmed" lineClamp={1}>
        {detailsSummary(details)}
      </Text>
    ),
  },
];

function NoEntries({ filter, onClear }: { filter: AuditFilter; onClear: () => void }) {
  if (!isFiltered(filter))
    return <EmptyState title="No changes yet">Every change appears here, such as creating a plan or a key.</EmptyState>;
  return <NoMatches title="No entries match these filters" onClear={onClear} />;
}
