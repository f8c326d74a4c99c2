import { Group, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { StatusBadge } from '../../ui/badge.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { LinkButton } from '../../ui/link.tsx';
import type { HeldKey } from './held-keys.ts';
import { PasteKey } from './paste-key.tsx';
import { type ListedKey, useKeyChoices } from './queries.ts';

const TYPING_MS = 200;
/** The list of options itself scrolls: around it, Mantine puts a scroll area that no keyboard reaches. */
const SCROLLS = { options: { maxHeight: 280, overflowY: 'auto' } } as const;

/** Finds a key in the list. The list does not have its plaintext, so that must be pasted; it is checked to be the chosen one. */
export function ChooseKey({ onKey }: { onKey: (key: Omit<HeldKey, 'id'>) => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<ListedKey | null>(null);
  // The field shows the label of what is chosen; that is no search.
  const [search] = useDebouncedValue(chosen !== null && text === labelOf(chosen) ? '' : text.trim(), TYPING_MS);
  const { data: keys, error, refetch } = useKeyChoices(search);
  if (error && keys === undefined) return <ErrorNotice error={error} what="The keys could not be read" onRetry={() => void refetch()} />;
  if (search === '' && keys?.length === 0)
    return (
      <EmptyState title="No keys yet" action={<LinkButton to="/keys?create=1">Create a key</LinkButton>}>
        Create one, or try with a temporary key.
      </EmptyState>
    );
  const offered = new Map((keys ?? []).map((key) => [key.id, key]));
  if (chosen !== null) offered.set(chosen.id, chosen);
  return (
    <Stack gap="sm">
      <Select
        label="Key"
        placeholder="Search by name, beginning or last 4 characters"
        data={[...offered.values()].map((key) => ({ value: key.id, label: labelOf(key) }))}
        value={chosen?.id ?? null}
        onChange={(id) => setChosen(offered.get(id ?? '') ?? null)}
        searchable
        searchValue={text}
        onSearchChange={setText}
        filter={({ options }) => options}
        nothingFoundMessage="No key has this name"
        withScrollArea={false}
        styles={SCROLLS}
      />
      {chosen !== null && (
        <>
          <Group gap="xs">
            <StatusBadge status={chosen.status} />
            <Text size="sm">Plan {chosen.plan}</Text>
          </Group>
          <Text size="sm">Only its owner has the whole key: API-Factory keeps a hash of it. Paste it to call with it.</Text>
          <PasteKey key={chosen.id} chosen={chosen} onKey={onKey} />
        </>
      )}
    </Stack>
  );
}

const labelOf = ({ name, prefix, last4 }: ListedKey): string => `${name} (${prefix}…${last4})`;
