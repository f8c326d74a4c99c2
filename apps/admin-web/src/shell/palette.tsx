import '@mantine/spotlight/styles.css';
import { listKeys } from '@api-factory/sdk-ts';
import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { IconBolt, IconKey, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { useActions } from '../lib/action-list.ts';
import { useGo } from '../lib/go.ts';
import { signOutWithToast } from '../lib/sign-out.ts';
import { PANELS } from '../panels.ts';

const [store, spotlight] = createSpotlight();
const DEBOUNCE_MS = 150;
const MAX_KEYS = 8;

interface Entry {
  label: string;
  description?: string;
  group: 'Pages' | 'Commands' | 'Keys' | 'Actions';
  run: () => void;
}

/** The command palette: finds pages, commands, keys and actions by name. */
export function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [text, setText] = useState('');
  const entries = useEntries(text.trim());
  useEffect(() => (opened ? spotlight.open() : spotlight.close()), [opened]);
  // Keys load after typing, before an entry is selected. Enter then runs the first one.
  const runFirst = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
    if (key !== 'Enter' || currentTarget.closest('[role="dialog"]')?.querySelector('[data-action][data-selected]')) return;
    entries[0]?.run();
    spotlight.close();
  };
  const groups = (['Pages', 'Commands', 'Keys', 'Actions'] as const).map((group) => ({
    group,
    listed: entries.filter((entry) => entry.group === group),
  }));
  return (
    <Spotlight.Root
      store={store}
      query={text}
      onQueryChange={setText}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={420}
      attributes={{ content: { 'aria-label': 'Command palette' } }}
    >
      <Spotlight.Search placeholder="Search pages, keys and actions…" aria-label="Search pages, keys and actions" onKeyDown={runFirst} />
      <Spotlight.ActionsList {...SCROLLED}>
        {groups.map(
          ({ group, listed }) =>
            listed.length > 0 && (
              <Spotlight.ActionsGroup key={group} label={group}>
                {listed.map(({ label, description, run }) => (
                  <Spotlight.Action
                    key={`${group} ${label} ${description ?? ''}`}
                    label={label}
                    description={description ?? ''}
                    onClick={run}
                    leftSection={ICONS[group]}
                  />
                ))}
              </Spotlight.ActionsGroup>
            ),
        )}
        {entries.length === 0 && <Spotlight.Empty>No results</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/**
 * Makes the list scrollable by keyboard. The type of `ActionsList` omits these scroll area props.
 */
const SCROLLED = { viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Results' } } as object;

const ICONS = {
  Pages: <IconBolt size={16} aria-hidden />,
  Commands: <IconBolt size={16} aria-hidden />,
  Keys: <IconKey size={16} aria-hidden />,
  Actions: <IconPlayerPlay size={16} aria-hidden />,
};

function useEntries(text: string): Entry[] {
  const goTo = useGo();
  const { setColorScheme } = useMantineColorScheme();
  const [search] = useDebouncedValue(text, DEBOUNCE_MS);
  const keys = useQuery({
    queryKey: ['keys', 'palette', search],
    queryFn: async ({ signal }) => (await listKeys({ query: { search, limit: MAX_KEYS }, signal, throwOnError: true })).data.data,
    enabled: search !== '',
  });
  const actions = useActions();
  const go = (to: string) => () => goTo(to);
  const pages = PANELS.map(({ title, routes }): Entry => ({ label: title, group: 'Pages', run: go(routes[0].path) }));
  const commands: Entry[] = [
    ...PANELS.flatMap(({ commands: own = [] }) => own).map(({ label, to }): Entry => ({ label, group: 'Commands', run: go(to) })),
    { label: 'Use light theme', group: 'Commands', run: () => setColorScheme('light') },
    { label: 'Use dark theme', group: 'Commands', run: () => setColorScheme('dark') },
    { label: 'Sign out', group: 'Commands', run: () => signOutWithToast(false) },
    { label: 'Sign out everywhere', group: 'Commands', run: () => signOutWithToast(true) },
  ];
  // Results of an earlier search are ignored.
  const found = (search === text ? (keys.data ?? []) : []).map(
    ({ id, name, prefix, last4, status }): Entry => ({
      label: name,
      description: `${prefix}…${last4}, ${status}`,
      group: 'Keys',
      run: go(`/keys/${id}`),
    }),
  );
  const tryActions = (actions.data ?? []).map(
    ({ name }): Entry => ({ label: `Try ${name}`, group: 'Actions', run: go(`/actions?action=${name}`) }),
  );
  const matches = ({ label }: Entry) => label.toLowerCase().includes(text.toLowerCase());
  return [...pages.filter(matches), ...commands.filter(matches), ...found, ...tryActions.filter(matches)];
}
