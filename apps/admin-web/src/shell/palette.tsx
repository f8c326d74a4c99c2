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
import { leave } from '../lib/leave.ts';
import { PANELS } from '../panels.ts';

const [store, spotlight] = createSpotlight();
const TYPING_MS = 150;
const MOST_KEYS = 8;

interface Entry {
  label: string;
  description?: string;
  group: 'Pages' | 'Commands' | 'Keys' | 'Actions';
  run: () => void;
}

/** Finds pages, commands, keys and actions by a part of their name. */
export function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [text, setText] = useState('');
  const entries = useEntries(text.trim());
  useEffect(() => (opened ? spotlight.open() : spotlight.close()), [opened]);
  // Keys come after the typing, when nothing that is listed is chosen yet: Enter then takes the first.
  const takeFirst = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
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
      <Spotlight.Search placeholder="Go to a page, a key, an action …" aria-label="Search pages, keys and actions" onKeyDown={takeFirst} />
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
        {entries.length === 0 && <Spotlight.Empty>Nothing has this name</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** Handed on to the scroll area, whose properties the list’s type leaves out: it takes the focus, so that it can be scrolled by keyboard. */
const SCROLLED = { viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Found' } } as object;

const ICONS = {
  Pages: <IconBolt size={16} aria-hidden />,
  Commands: <IconBolt size={16} aria-hidden />,
  Keys: <IconKey size={16} aria-hidden />,
  Actions: <IconPlayerPlay size={16} aria-hidden />,
};

function useEntries(text: string): Entry[] {
  const goTo = useGo();
  const { setColorScheme } = useMantineColorScheme();
  const [search] = useDebouncedValue(text, TYPING_MS);
  const keys = useQuery({
    queryKey: ['keys', 'palette', search],
    queryFn: async ({ signal }) => (await listKeys({ query: { search, limit: MOST_KEYS }, signal, throwOnError: true })).data.data,
    enabled: search !== '',
  });
  const actions = useActions();
  const go = (to: string) => () => goTo(to);
  const pages = PANELS.map(({ title, routes }): Entry => ({ label: title, group: 'Pages', run: go(routes[0].path) }));
  const commands: Entry[] = [
    ...PANELS.flatMap(({ commands: own = [] }) => own).map(({ label, to }): Entry => ({ label, group: 'Commands', run: go(to) })),
    { label: 'Use light colours', group: 'Commands', run: () => setColorScheme('light') },
    { label: 'Use dark colours', group: 'Commands', run: () => setColorScheme('dark') },
    { label: 'Sign out', group: 'Commands', run: () => leave(false) },
    { label: 'Sign out everywhere', group: 'Commands', run: () => leave(true) },
  ];
  // While somebody types on, what was found for the text before is not an answer.
  const found = (search === text ? (keys.data ?? []) : []).map(
    ({ id, name, prefix, last4, status }): Entry => ({
      label: name,
      description: `${prefix}…${last4}, ${status}`,
      group: 'Keys',
      run: go(`/keys/${id}`),
    }),
  );
  const tries = (actions.data ?? []).map(
    ({ name }): Entry => ({ label: `Try ${name}`, group: 'Actions', run: go(`/actions?action=${name}`) }),
  );
  const has = ({ label }: Entry) => label.toLowerCase().includes(text.toLowerCase());
  return [...pages.filter(has), ...commands.filter(has), ...found, ...tries.filter(has)];
}
