import { Group, List, Text } from '@mantine/core';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { Access, ConsumerLink, PushPlansButton } from './cells.tsx';
import type { Subscription } from './queries.ts';
import { previousState, type SubscriptionStates } from './sandbox.ts';
import type { DoneCommand, SandboxDriver } from './sandbox-driver.ts';

/** The commands that were run, and the current subscriptions with their changes. */
export const ResultsSection = ({ driver: { done, before, subscriptions } }: { driver: SandboxDriver }) => (
  <Section title="Results">
    <DoneCommands done={done} />
    <Loaded query={subscriptions} failed="The subscriptions could not be loaded">
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState title="No subscriptions yet" action={<PushPlansButton />}>
            Push a plan with a price, then buy it at /checkout. Payments in the sandbox are simulated.
          </EmptyState>
        ) : (
          <DataTable label="Subscriptions" columns={columns(before)} rows={rows} rowKey={({ id }) => id} />
        )
      }
    </Loaded>
  </Section>
);

const MOST_SHOWN = 5;

const DoneCommands = ({ done }: { done: DoneCommand[] }) =>
  done.length === 0 ? (
    <Text size="sm" c="dimmed">
      Commands that you run above appear here, with the changes to subscriptions.
    </Text>
  ) : (
    <List size="sm" spacing={2} aria-label="Commands">
      {done.slice(0, MOST_SHOWN).map(({ number, at, label, result }) => (
        <List.Item key={number}>
          {label}
          {result !== '' && `: ${result}`}, <Time at={at} />
        </List.Item>
      ))}
    </List>
  );

const columns = (before: SubscriptionStates | null): Column<Subscription>[] => [
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} /> },
  { key: 'plan', title: 'Plan', cell: ({ plan }) => plan ?? '–', wide: true },
  { key: 'access', title: 'Access', cell: (row) => <AccessChange before={before} subscription={row} /> },
  { key: 'status', title: 'Stripe status', cell: (row) => <StatusChange before={before} subscription={row} />, wide: true },
  { key: 'grace', title: 'Grace ends', cell: ({ graceUntil }) => <Time at={graceUntil} none="–" absolute />, wide: true },
  { key: 'synced', title: 'Last synced', cell: ({ syncedAt }) => <Time at={syncedAt} />, wide: true },
];

interface ChangeProps {
  before: SubscriptionStates | null;
  subscription: Subscription;
}

function AccessChange({ before, subscription }: ChangeProps) {
  const previous = previousState(before, subscription);
  const changed = previous !== null && previous.access !== subscription.access;
  return (
    <Group gap={6}>
      <Access of={subscription} />
      {changed && <Text size="xs">was {previous.access}</Text>}
    </Group>
  );
}

function StatusChange({ before, subscription }: ChangeProps) {
  const previous = previousState(before, subscription);
  return (
    <>
      {subscription.status}
      {previous !== null && previous.status !== subscription.status && (
        <Text span size="xs">
          {' '}
          (was {previous.status})
        </Text>
      )}
    </>
  );
}
