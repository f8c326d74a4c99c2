import { formatCount, formatMs } from '../../lib/format.ts';
import { useInteraction } from '../../lib/interaction.ts';
import { HttpBadge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { type UsageEvent, useLatestEvents } from './queries.ts';

const COLUMNS: Column<UsageEvent>[] = [
  { key: 'time', title: 'Time', cell: ({ ts }) => <Time at={ts} stamp size="sm" /> },
  {
    key: 'route',
    title: 'Api and route',
    cell: ({ id, ts, keyId, api, method, route }) => (
      <PageLink to={`/usage?${new URLSearchParams({ key: keyId, event: id, at: ts })}`} size="sm" className="break">
        <strong>{api}</strong> {method} {route}
      </PageLink>
    ),
  },
  { key: 'status', title: 'Status', cell: ({ status }) => <HttpBadge status={status} /> },
  { key: 'units', title: 'Units', align: 'right', cell: ({ cost }) => formatCount(cost), wide: true },
  { key: 'ms', title: 'Duration', align: 'right', cell: ({ durationMs }) => formatMs(durationMs), wide: true },
];

/** The latest calls of a key. The list stands still while somebody is in it. */
export function KeyEvents({ id }: { id: string }) {
  const { interacting, ref } = useInteraction();
  const events = useLatestEvents(id, interacting);
  return (
    <Section title="Latest calls" actions={<PageLink to={`/usage?key=${id}`}>See all calls</PageLink>}>
      <div ref={ref}>
        <Loaded query={events} failed="The calls could not be read">
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState title="No calls yet">Each call that the key is let through for appears here a moment later.</EmptyState>
            ) : (
              <DataTable label="Latest calls" columns={COLUMNS} rows={rows} rowKey={(row) => row.id} />
            )
          }
        </Loaded>
      </div>
    </Section>
  );
}
