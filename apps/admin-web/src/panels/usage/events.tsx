import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useInteraction } from '../../lib/interaction.ts';
import { useLinkedRow } from '../../lib/linked-row.ts';
import { includesNow } from '../../lib/time-filter.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { EventDrawer } from './event-drawer.tsx';
import { EventFilters } from './event-filters.tsx';
import { EventList } from './event-list.tsx';
import { type EventFilter, NO_FILTER } from './filter.ts';
import { LINKED_KEY, readEventsBetween, type UsageEvent } from './queries.ts';
import { SummaryLine } from './summary-line.tsx';
import { useEvents } from './use-events.ts';

/** The newest events of a filter, sums of its range, and one of them in full. */
export function Events() {
  const [{ live, event: id, at, ...texts }, change] = useUrlState({ ...NO_FILTER, live: 'on', event: '', at: '' });
  const { key, api, status, range, from, to } = texts;
  const filter: EventFilter = useMemo(() => ({ key, api, status, range, from, to }), [key, api, status, range, from, to]);
  const open = includesNow(filter, new Date());
  const isLive = open && live === 'on';
  const { interacting, ref } = useInteraction();
  const events = useEvents({ filter, live: isLive, held: interacting || id !== '', onLeaveLive: () => change({ live: 'off' }) });
  const linked = useLinkedRow<UsageEvent>({ id, at, rows: events.list.rows, queryKey: LINKED_KEY, read: readEventsBetween });
  const close = () => change({ event: '', at: '' });
  return (
    <Stack>
      <EventFilters filter={filter} onChange={change} live={open ? isLive : null} onLive={(on) => change({ live: on ? 'on' : 'off' })} />
      <SummaryLine filter={filter} live={isLive} />
      <div ref={ref}>
        <EventList
          {...{ events, filter, held: interacting || id !== '' }}
          live={isLive}
          onOpen={({ id: event, ts }) => change({ event, at: ts })}
          onFilter={(next) => change({ ...NO_FILTER, ...next })}
        />
      </div>
      <EventDrawer opened={id !== ''} row={linked} onClose={close} onKey={(keyId) => change({ key: keyId, event: '', at: '' })} />
    </Stack>
  );
}
