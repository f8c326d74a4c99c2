import { Button, Group, NativeSelect, PasswordInput, SegmentedControl, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { formatCount } from '../../lib/format.ts';
import { useOnce } from '../../lib/once.ts';
import { withoutWhitespace } from '../../lib/pasted-keys.ts';
import { type PlanChoice, usePlanChoices } from '../../lib/plan-choices.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { type KeyringKey, maskKey, pasteError } from './keyring.ts';
import { type ListedKey, useKeyChoices, useTemporaryKey } from './queries.ts';

type OnKey = (key: Omit<KeyringKey, 'id'>) => void;

interface AddKeyProps {
  onKey: OnKey;
  /** null: can’t be cancelled, since there is no other key. */
  onCancel: (() => void) | null;
}

/** Adds a key to the page: a pasted one, one from the list, or a temporary one. */
export function AddKey({ onKey, onCancel }: AddKeyProps) {
  const [source, setSource] = useState<keyof typeof SOURCES>('paste');
  const Form = SOURCES[source].form;
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <SegmentedControl
          aria-label="Where the key comes from"
          size="xs"
          data={Object.entries(SOURCES).map(([value, { label }]) => ({ value, label }))}
          value={source}
          onChange={(value) => setSource(value as keyof typeof SOURCES)}
        />
        {onCancel && (
          <Button variant="subtle" size="compact-sm" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </Group>
      <Form onKey={onKey} />
    </Stack>
  );
}

interface PasteKeyProps {
  onKey: OnKey;
  /** The listed key that must be pasted. */
  selected?: ListedKey | null;
}

function PasteKey({ onKey, selected = null }: PasteKeyProps) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = pasteError(text, selected);
    setError(found);
    if (found !== null) return;
    const secret = withoutWhitespace(text);
    onKey({ name: selected?.name ?? maskKey(secret), secret, expiresAt: selected?.expiresAt ?? null });
  };
  return (
    <form onSubmit={submit} noValidate aria-label="Paste a key">
      <Stack gap="xs">
        <PasswordInput
          label={selected === null ? 'API key' : <span className="break">Full key of {selected.name}</span>}
          placeholder={selected === null ? 'af_…' : `${selected.prefix}…${selected.last4}`}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={error}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key', tabIndex: 0 }}
        />
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed">
            Kept in memory only, until you leave this page.
          </Text>
          <Button type="submit" size="xs">
            Use this key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const TYPING_MS = 200;
/** The list itself scrolls: Mantine’s scroll area can’t be reached with the keyboard. */
const SCROLLS = { options: { maxHeight: 280, overflowY: 'auto' } } as const;

/** Selects a key from the list. The list doesn’t contain the plaintext, so it must be pasted. */
function ChooseKey({ onKey }: { onKey: OnKey }) {
  const [text, setText] = useState('');
  const [selected, setSelected] = useState<ListedKey | null>(null);
  // With a selection, the field contains its label, which is not a search.
  const [search] = useDebouncedValue(selected !== null && text === keyLabel(selected) ? '' : text.trim(), TYPING_MS);
  const { data: keys, error, refetch } = useKeyChoices(search);
  if (error && keys === undefined) return <ErrorNotice error={error} what="The keys could not be loaded" onRetry={() => void refetch()} />;
  if (search === '' && keys?.length === 0)
    return (
      <EmptyState title="No keys yet" action={<LinkButton to="/keys?create=1">Create a key</LinkButton>}>
        Create a key, or use a temporary one.
      </EmptyState>
    );
  const offered = new Map((keys ?? []).map((key) => [key.id, key]));
  if (selected !== null) offered.set(selected.id, selected);
  return (
    <Stack gap="sm">
      <Select
        label="Key"
        placeholder="Search by name, key prefix or last 4 characters"
        data={[...offered.values()].map((key) => ({ value: key.id, label: keyLabel(key) }))}
        value={selected?.id ?? null}
        onChange={(id) => setSelected(offered.get(id ?? '') ?? null)}
        searchable
        searchValue={text}
        onSearchChange={setText}
        filter={({ options }) => options}
        nothingFoundMessage="No keys match"
        withScrollArea={false}
        styles={SCROLLS}
      />
      {selected !== null && (
        <>
          <Group gap="xs">
            <StatusBadge status={selected.status} />
            <Text size="sm">Plan {selected.plan}</Text>
          </Group>
          <Text size="sm">Paste the full key to use it. API-Factory stores only a hash.</Text>
          <PasteKey key={selected.id} selected={selected} onKey={onKey} />
        </>
      )}
    </Stack>
  );
}

const keyLabel = ({ name, prefix, last4 }: ListedKey): string => `${name} (${prefix}…${last4})`;

const TemporaryKey = ({ onKey }: { onKey: OnKey }) => (
  <Loaded query={usePlanChoices()} failed="The plans could not be loaded" skeleton={<Skeleton height={60} />}>
    {(plans) =>
      plans.length === 0 ? (
        <EmptyState title="No plans yet" action={<LinkButton to="/plans?create=1">Create a plan</LinkButton>}>
          Every key needs a plan. Create one first.
        </EmptyState>
      ) : (
        <TemporaryKeyForm plans={plans} onKey={onKey} />
      )
    }
  </Loaded>
);

function TemporaryKeyForm({ plans, onKey }: { plans: PlanChoice[]; onKey: OnKey }) {
  const [plan, setPlan] = useState(plans[0]?.id ?? '');
  const run = useTemporaryKey(onKey);
  const create = useOnce(run);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create(plan);
  };
  return (
    <form onSubmit={submit} aria-label="Create a temporary key">
      <Stack gap="xs">
        <NativeSelect
          label="Plan"
          data={plans.map((one) => ({ value: one.id, label: `${one.name}: ${planLimits(one)}` }))}
          value={plan}
          onChange={(event) => setPlan(event.currentTarget.value)}
        />
        {run.error && <ErrorNotice error={run.error} what="The key was not created" />}
        <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
          <Text size="xs" c="dimmed">
            Expires in 1 hour. Kept in memory only, until you leave this page.
          </Text>
          <ReasonButton disabledReason={null} type="submit" size="xs" loading={run.isPending} flex="0 0 auto">
            Create temporary key
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}

function planLimits({ quota, rate }: PlanChoice): string {
  const units = quota.limit === null ? 'no quota limit' : `${formatCount(quota.limit)} units per ${quota.period}`;
  return rate.limit === null ? units : `${units}, ${formatCount(rate.limit)} calls in ${rate.windowSeconds} s`;
}

const SOURCES = {
  paste: { label: 'Paste', form: PasteKey },
  list: { label: 'From the list', form: ChooseKey },
  create: { label: 'Temporary', form: TemporaryKey },
} as const;
