import { Alert, Anchor, Button, Code, Group, Select, Stack } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useUrlState } from '../../lib/url-state.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Details } from '../../ui/details.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { Facts } from '../../ui/facts.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { Time } from '../../ui/time.tsx';
import { useReplay } from './mutations.ts';
import { EVENT_STATES, type InboxEvent, useInbox } from './queries.ts';

/** Refetch interval while an event is pending. Other states only change by a replay. */
const PENDING_MS = 2_000;

const STATES = [{ value: '', label: 'Any state' }, ...EVENT_STATES];

/** The Stripe events received, with the result of processing each. */
export function InboxTab() {
  const [{ state, event }, setUrl] = useUrlState({ state: '', event: '' });
  const hasPending = useInbox(state, false).rows?.some((row) => row.state === 'pending') ?? false;
  // The same query, with another refetch interval.
  const list = useInbox(state, hasPending ? PENDING_MS : false);
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
        failed="The inbox could not be loaded"
        columns={columns((id) => setUrl({ event: id }))}
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => setUrl({ event: id })}
        empty={<NoEvents state={state} onClear={() => setUrl({ state: '' })} />}
      />
      <Details
        opened={shown !== undefined}
        onClose={() => setUrl({ event: '' })}
        title="Event"
        row={{ data: shown, error: null, refetch: list.refetch }}
        failed="The inbox could not be loaded"
        missing={null}
      >
        {(found) => <EventDetails key={found.id} event={found} />}
      </Details>
    </Stack>
  );
}

const columns = (onShow: (id: string) => void): Column<InboxEvent>[] => [
  {
    key: 'type',
    title: 'Type',
    cell: ({ id, type }) => (
      <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onShow(id)}>
        <EventType type={type} />
      </Anchor>
    ),
  },
  { key: 'state', title: 'State', cell: ({ state }) => <StatusBadge status={state} /> },
  { key: 'object', title: 'Object', cell: ({ objectId }) => objectId, wide: true },
  { key: 'attempts', title: 'Failed attempts', cell: ({ attempts }) => attempts, align: 'right', wide: true },
  { key: 'received', title: 'Received', cell: ({ receivedAt }) => <Time at={receivedAt} />, wide: true },
];

/** Wraps after dots and underscores only. */
const EventType = ({ type }: { type: string }) => (
  <span style={{ overflowWrap: 'normal' }}>
    {type.split(/(?<=[._])/).map((part, index, parts) => (
      // A type can contain the same part twice, so the key is everything up to it.
      <Fragment key={parts.slice(0, index + 1).join('')}>
        {part}
        <wbr />
      </Fragment>
    ))}
  </span>
);

function NoEvents({ state, onClear }: { state: string; onClear: () => void }) {
  if (state === 'dead') return <EmptyState title="No dead events">Events that fail ten times appear here, with the reason.</EmptyState>;
  if (state !== '') return <NoMatches title={`No ${state} events`} verb="Show all events" onClear={onClear} />;
  return (
    <EmptyState title="No events yet">
      Stripe events appear here once the webhook or a sweep receives them. Test the webhook to check that it is reachable.
    </EmptyState>
  );
}

function EventDetails({ event }: { event: InboxEvent }) {
  const run = useReplay(event.id);
  return (
    <>
      <Facts
        label="Event"
        facts={[
          ['ID', <CopyableId key="id" id={event.id} what="event ID" />],
          ['Type', <Code key="type">{event.type}</Code>],
          ['State', <StatusBadge key="state" status={event.state} />],
          ['Object', <CopyableId key="object" id={event.objectId} what={`${event.objectType} ID`} />],
          ['Customer', event.customerId === null ? 'none' : <CopyableId key="customer" id={event.customerId} what="customer ID" />],
          ['Received by', event.source === 'webhook' ? 'webhook' : 'sweep (missed by the webhook)'],
          ['API version', event.apiVersion ?? '–'],
          ['Failed attempts', String(event.attempts)],
          ['Created at Stripe', <Time key="at" at={event.createdAt} absolute />],
          ['Received', <Time key="at" at={event.receivedAt} />],
          ['Processed', <Time key="at" at={event.doneAt} none="not yet" />],
        ]}
      />
      {event.lastError !== null && (
        <Alert color={event.state === 'dead' ? 'red' : 'yellow'} variant="light" title="Last error" className="break">
          {event.lastError}
        </Alert>
      )}
      {run.error && <ErrorNotice error={run.error} what="The event was not replayed" onRetry={() => run.mutate()} />}
      {run.data && <ReplayResult event={event} />}
      <Group>
        <Button loading={run.isPending} onClick={() => run.mutate()}>
          Replay
        </Button>
      </Group>
    </>
  );
}

/** The result of a replay, from the current state of the event. */
function ReplayResult({ event: { state, lastError } }: { event: InboxEvent }) {
  if (state === 'pending')
    return (
      <Alert color="blue" variant="light" role="status" title="Replaying">
        {lastError === null ? 'Waiting to be processed.' : 'The last attempt failed. It will be retried automatically.'}
      </Alert>
    );
  if (state === 'dead')
    return (
      <Alert color="red" variant="light" role="alert" title="The replay failed">
        See the last error above. The event is retried once an hour.
      </Alert>
    );
  return (
    <Alert color="teal" variant="light" role="status" title={`Replayed: ${state}`}>
      {state === 'ignored' ? 'Events of this type change nothing here.' : 'The customer is in sync with Stripe.'}
    </Alert>
  );
}
