import { Alert, Anchor, Button, Code, Drawer, Group, Select, Stack } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useUrlState } from '../../lib/url-state.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Time } from '../../ui/time.tsx';
import { useReplay } from './deeds.ts';
import { Facts } from './facts.tsx';
import { StripeId } from './ids.tsx';
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
      <Drawer
        opened={shown !== undefined}
        onClose={() => setUrl({ event: '' })}
        position="right"
        size="lg"
        title="Event"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {shown && <Details key={shown.id} event={shown} />}
      </Drawer>
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
  if (state !== '')
    return (
      <EmptyState
        title={`No event is ${state}`}
        action={
          <Button variant="default" onClick={onClear}>
            Show all events
          </Button>
        }
      />
    );
  return (
    <EmptyState title="No events yet">
      Stripe’s events land here, from the webhook or from a sweep. Test the webhook to see that they would.
    </EmptyState>
  );
}

function Details({ event }: { event: InboxEvent }) {
  const run = useReplay(event.id);
  return (
    <Stack>
      <Facts
        label="Event"
        facts={[
          ['Id', <StripeId key="id" id={event.id} what="event id" />],
          ['Type', <Code key="type">{event.type}</Code>],
          ['State', <StatusBadge key="state" status={event.state} />],
          ['Object', <StripeId key="object" id={event.objectId} what={`${event.objectType} id`} />],
          ['Customer', event.customerId === null ? 'none' : <StripeId key="customer" id={event.customerId} what="customer id" />],
          ['Came by', event.source === 'webhook' ? 'the webhook' : 'a sweep; the webhook missed it'],
          ['API version', event.apiVersion ?? '–'],
          ['Failures', String(event.attempts)],
          ['Stripe’s time', <Time key="at" at={event.createdAt} absolute />],
          ['Received', <Time key="at" at={event.receivedAt} />],
          ['Settled', <Time key="at" at={event.doneAt} none="not yet" />],
        ]}
      />
      {event.lastError !== null && (
        <Alert color={event.state === 'dead' ? 'red' : 'yellow'} variant="light" title="Last failure" className="break">
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
    </Stack>
  );
}

/** What became of a replay, read from the event as it is now. */
function ReplayResult({ event: { state, lastError } }: { event: InboxEvent }) {
  if (state === 'pending')
    return (
      <Alert color="blue" variant="light" role="status" title="Replaying">
        {lastError === null ? 'It waits for its turn.' : 'It failed and is tried again by itself.'}
      </Alert>
    );
  if (state === 'dead')
    return (
      <Alert color="red" variant="light" role="alert" title="It failed again">
        The last failure says why. It is still tried once an hour.
      </Alert>
    );
  return (
    <Alert color="teal" variant="light" role="status" title={`Replayed: ${state}`}>
      {state === 'ignored'
        ? 'An event of this type changes nothing here.'
        : 'Stripe was asked how the customer stands, and it is written down.'}
    </Alert>
  );
}
