import { Anchor, Button, Group, Select, Stack } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useUrlState } from '../../lib/url-state.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Details } from '../../ui/details.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { Time } from '../../ui/time.tsx';
import { EventDetails } from './event-details.tsx';
import { EVENT_STATES, type InboxEvent, useInbox } from './queries.ts';

/** While an event that is shown waits; one that is settled does not change by itself. */
const WAITING_MS = 2_000;

const STATES = [{ value: '', label: 'Any state' }, ...EVENT_STATES];

/** Events of Stripe’s, with what became of them. */
export function InboxTab() {
  const [{ state, event }, setUrl] = useUrlState({ state: '', event: '' });
  const settled = useInbox(state, false);
  const waits = settled.rows?.some((row) => row.state === 'pending') ?? false;
  // The same query: only how often it is asked differs.
  const list = useInbox(state, waits ? WAITING_MS : false);
  const shown = list.rows?.find(({ id }) => id === event);
  return (
    <Stack>
      <Group align="flex-end" gap="sm">
        <Select label="State" data={STATES} value={state} onChange={(next) => setUrl({ state: next ?? '' })} allowDeselect={false} />
        <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={list.refetch}>
          Refresh
        </Button>
      </Group>
      <ListView
        label="Inbox"
        failed="The inbox could not be read"
        columns={columns((id) => setUrl({ event: id }))}
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => setUrl({ event: id })}
        empty={<Empty state={state} onClear={() => setUrl({ state: '' })} />}
      />
      <Details
        opened={shown !== undefined}
        onClose={() => setUrl({ event: '' })}
        title="Event"
        row={{ data: shown, error: null, refetch: list.refetch }}
        failed="The inbox could not be read"
        missing={null}
      >
        {(found) => <EventDetails key={found.id} event={found} />}
      </Details>
    </Stack>
  );
}

const columns = (open: (id: string) => void): Column<InboxEvent>[] => [
  {
    key: 'type',
    title: 'Type',
    cell: ({ id, type }) => (
      <Anchor component="button" type="button" size="sm" ta="left" onClick={() => open(id)}>
        <Dotted text={type} />
      </Anchor>
    ),
  },
  { key: 'state', title: 'State', cell: ({ state }) => <StatusBadge status={state} /> },
  { key: 'object', title: 'Object', cell: ({ objectId }) => objectId, wide: true },
  { key: 'attempts', title: 'Failures', cell: ({ attempts }) => attempts, align: 'right', wide: true },
  { key: 'received', title: 'Received', cell: ({ receivedAt }) => <Time at={receivedAt} />, wide: true },
];

/** A type’s name may wrap after its dots and underlines, not within a word. */
const Dotted = ({ text }: { text: string }) => (
  <span style={{ overflowWrap: 'normal' }}>
    {text.split(/(?<=[._])/).map((part, index, parts) => (
      // A type can have a part twice; its beginning tells them apart.
      <Fragment key={parts.slice(0, index + 1).join('')}>
        {part}
        <wbr />
      </Fragment>
    ))}
  </span>
);

function Empty({ state, onClear }: { state: string; onClear: () => void }) {
  if (state === 'dead') return <EmptyState title="No dead events">Nothing has failed for good. That is how it should be.</EmptyState>;
  if (state !== '') return <NoMatches title={`No event is ${state}`} verb="Show all events" onClear={onClear} />;
  return (
    <EmptyState title="No events yet">
      Stripe’s events land here, from the webhook or from a sweep. Test the webhook to see that they would.
    </EmptyState>
  );
}
