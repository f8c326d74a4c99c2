import { Anchor, Text } from '@mantine/core';
import { formatCount, formatMs } from '../../lib/format.ts';
import { HttpBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Time } from '../../ui/time.tsx';
import type { UsageEvent } from './queries.ts';

/** What the list shows of an event; its route opens the rest. */
export const eventColumns = (onOpen: (event: UsageEvent) => void): Column<UsageEvent>[] => [
  { key: 'time', title: 'Time', cell: ({ ts }) => <Time at={ts} stamp size="sm" /> },
  { key: 'key', title: 'Key', wide: true, cell: ({ keyId }) => <ObjectLink type="key" id={keyId} /> },
  {
    key: 'route',
    title: 'Api and route',
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
    title: 'Request id',
    wide: true,
    cell: ({ requestId }) => (
      <Text span size="xs" ff="monospace">
        {requestId}
      </Text>
    ),
  },
];
