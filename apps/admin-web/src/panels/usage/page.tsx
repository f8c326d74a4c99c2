import { Stack, Tabs } from '@mantine/core';
import { useMemo } from 'react';
import { useInteraction } from '../../lib/interaction.ts';
import { useLinkedRow } from '../../lib/linked-row.ts';
import { includesNow } from '../../lib/time-filter.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Page as Frame } from '../../ui/page.tsx';
import { EventDrawer } from './event-drawer.tsx';
import { EventFilters } from './event-filters.tsx';
import { EventList } from './event-list.tsx';
import { type EventFilter, NO_FILTER } from './filter.ts';
import { Quarantine } from './quarantine.tsx';
import { LINKED_KEY, readEventsBetween, type UsageEvent } from './queries.ts';
import { SummaryLine } from './summary-line.tsx';
import { useEvents } from './use-events.ts';

/** Usage events, and records that the database refused. */
export function Page() {
  const [{ tab }, change] = useUrlState({ tab: 'events' });
  return (
    <Frame title="Usage" lead="Every admitted call with an API key. Refused calls are counted, but not listed.">
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

/** Filters, totals and events, with a drawer for one event. */
function Events() {
  const [{ live, event: id, at, ...texts }, change] = useUrlState({ ...NO_FILTER, live: 'on', event: '', at: '' });
  const { key, api, status, range, from, to } = texts;
  const filter: EventFilter = useMemo(() => ({ key, api, status, range, from, to }), [key, api, status, range, from, to]);
  const canBeLive = includesNow(filter, new Date());
  const isLive = canBeLive && live === 'on';
  const { interacting, ref } = useInteraction();
  const events = useEvents({ filter, live: isLive, paused: interacting || id !== '', onLeaveLive: () => change({ live: 'off' }) });
  const linked = useLinkedRow<UsageEvent>({ id, at, rows: events.list.rows, queryKey: LINKED_KEY, read: readEventsBetween });
  const close = () => change({ event: '', at: '' });
  return (
    <Stack>
      <EventFilters
        filter={filter}
        onChange={change}
        live={canBeLive ? isLive : null}
        onLive={(on) => change({ live: on ? 'on' : 'off' })}
      />
      <SummaryLine filter={filter} live={isLive} />
      <div ref={ref}>
        <EventList
          {...{ events, filter, paused: interacting || id !== '' }}
          live={isLive}
          onOpen={({ id: event, ts }) => change({ event, at: ts })}
          onFilter={(next) => change({ ...NO_FILTER, ...next })}
        />
      </div>
      <EventDrawer opened={id !== ''} row={linked} onClose={close} onKey={(keyId) => change({ key: keyId, event: '', at: '' })} />
    </Stack>
  );
}
