import { Alert, Button, Code, Group } from '@mantine/core';
import { StatusBadge } from '../../ui/badge.tsx';
import { CopyableId } from '../../ui/copy-button.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';
import { useReplay } from './deeds.ts';
import type { InboxEvent } from './queries.ts';

/** Everything about an event of Stripe’s, and working on it again. */
export function EventDetails({ event }: { event: InboxEvent }) {
  const run = useReplay(event.id);
  return (
    <>
      <Facts
        label="Event"
        facts={[
          ['Id', <CopyableId key="id" id={event.id} what="event id" />],
          ['Type', <Code key="type">{event.type}</Code>],
          ['State', <StatusBadge key="state" status={event.state} />],
          ['Object', <CopyableId key="object" id={event.objectId} what={`${event.objectType} id`} />],
          ['Customer', event.customerId === null ? 'none' : <CopyableId key="customer" id={event.customerId} what="customer id" />],
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
    </>
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
