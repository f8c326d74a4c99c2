import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { formatCount, formatMs } from '../../lib/format.ts';
import { HttpBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { SkeletonLines } from '../../ui/loaded.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Time } from '../../ui/time.tsx';
import { EVERYTHING, type EventFilter, isNarrowed } from './filter.ts';
import { PAGE_SIZE, readWhetherAny, type UsageEvent } from './queries.ts';
import { LIVE_INTERVAL_MS, newEventsText, type useEvents } from './use-events.ts';

interface EventListProps {
  events: ReturnType<typeof useEvents>;
  filter: EventFilter;
  live: boolean;
  paused: boolean;
  onOpen: (event: UsageEvent) => void;
  /** Applies other filters. */
  onFilter: (filter: Partial<EventFilter>) => void;
}

/** The list of events. While live, a line says whether it is paused. */
export function EventList({ events: { list, unseen, showUnseen }, filter, live, paused, onOpen, onFilter }: EventListProps) {
  const container = useRef<HTMLDivElement>(null);
  return (
    <Stack gap="xs" ref={container}>
      {live && list.rows && (
        <Group gap="sm" mih={28}>
          <Text size="xs" c="dimmed">
            {paused ? 'Paused while you’re using the list' : `Newest ${PAGE_SIZE}, updated every ${LIVE_INTERVAL_MS / 1_000} s`}
          </Text>
          {unseen > 0 && (
            <Button
              size="compact-xs"
              radius="xl"
              onClick={(event) => {
                // The button disappears, so keyboard focus moves to the list.
                if (event.currentTarget.matches(':focus-visible'))
                  container.current?.querySelector<HTMLElement>('[role="region"]')?.focus();
                showUnseen();
              }}
            >
              {newEventsText(unseen, PAGE_SIZE)}
            </Button>
          )}
        </Group>
      )}
      <ListView
        label="Usage events"
        failed="The events could not be loaded"
        columns={eventColumns(onOpen)}
        list={list}
        rowKey={({ id }) => id}
        onRow={onOpen}
        empty={<NoEvents filter={filter} onFilter={onFilter} />}
      />
    </Stack>
  );
}

/** The columns of the list. The route opens the details. */
const eventColumns = (onOpen: (event: UsageEvent) => void): Column<UsageEvent>[] => [
  { key: 'time', title: 'Time', cell: ({ ts }) => <Time at={ts} stamp size="sm" /> },
  { key: 'key', title: 'Key', wide: true, cell: ({ keyId }) => <ObjectLink type="key" id={keyId} /> },
  {
    key: 'route',
    title: 'API and route',
    cell: (event) => (
      <Anchor component="button" type="button" size="sm" ta="left" className="break" onClick={() => onOpen(event)}>
        <Text span inherit fw={600}>
          {event.api}
        </Text>{' '}
        {event.method} {event.route}
      </Anchor>
    ),
  },
  { key: 'status', title: 'Status', cell: ({ status }) => <HttpBadge status={status} /> },
  { key: 'units', title: 'Units', align: 'right', wide: true, cell: ({ cost }) => formatCount(cost) },
  {
    key: 'ms',
    title: 'Duration',
    align: 'right',
    wide: true,
    cell: ({ durationMs }) => <span className="figure">{formatMs(durationMs)}</span>,
  },
  {
    key: 'request',
    title: 'Request ID',
    wide: true,
    cell: ({ requestId }) => (
      <Text span size="xs" ff="monospace">
        {requestId}
      </Text>
    ),
  },
];

interface NoEventsProps {
  filter: EventFilter;
  onFilter: (filter: Partial<EventFilter>) => void;
}

/** Empty state: there has never been a call, or none matches the filters. */
function NoEvents({ filter, onFilter }: NoEventsProps) {
  const any = useQuery({ queryKey: ['usage', 'any'], queryFn: ({ signal }) => readWhetherAny(signal) });
  if (any.isPending) return <SkeletonLines />;
  if (any.data === false) {
    return (
      <EmptyState title="No calls yet" action={<LinkButton to="/actions">Try an action</LinkButton>}>
        Admitted calls with an API key appear here within seconds.
      </EmptyState>
    );
  }
  const narrowed = isNarrowed(filter);
  const action = (
    <Group gap="xs" justify="center">
      {narrowed && (
        <Button variant="default" onClick={() => onFilter({ range: filter.range, from: filter.from, to: filter.to })}>
          Clear filters
        </Button>
      )}
      {filter.range !== 'all' && (
        <Button variant="default" onClick={() => onFilter({ ...filter, range: EVERYTHING.range, from: '', to: '' })}>
          Show all time
        </Button>
      )}
    </Group>
  );
  return (
    <EmptyState title={narrowed ? 'No calls match these filters' : 'No calls in this time range'} action={action}>
      {/^(4|429$)/.test(filter.status) && 'Refused calls (401, 403, 429) are not listed. The totals above count them by code.'}
    </EmptyState>
  );
}
