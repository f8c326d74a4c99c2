import { Tabs } from '@mantine/core';
import { useUrlState } from '../../lib/url-state.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { Events } from './events.tsx';
import { Quarantine } from './quarantine.tsx';

/** What was used: single calls, and the records that could not be stored. */
export function Page() {
  const [{ tab }, change] = useUrlState({ tab: 'events' });
  return (
    <Frame title="Usage" lead="Every answered call that a key was let through for. Refused calls are counted, not listed.">
      <Tabs value={tab === 'quarantine' ? tab : 'events'} onChange={(next) => change({ tab: next ?? 'events' })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="events">Events</Tabs.Tab>
          <Tabs.Tab value="quarantine">Quarantine</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="events" pt="md">
          <Events />
        </Tabs.Panel>
        <Tabs.Panel value="quarantine" pt="md">
          <Quarantine />
        </Tabs.Panel>
      </Tabs>
    </Frame>
  );
}
