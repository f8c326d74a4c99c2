import { Group, List, Text } from '@mantine/core';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerLink } from './consumer-link.tsx';
import { HeldAccess } from './held-access.tsx';
import { PushLink } from './push-link.tsx';
import type { Subscription } from './queries.ts';
import type { DoneDeed, SandboxDriver } from './sandbox-driver.ts';
import { formerOf, type Standing } from './sandbox-words.ts';

/** What was done, and how the subscriptions stand since. */
export const Followed = ({ driver: { done, before, subscriptions } }: { driver: SandboxDriver }) => (
  <Section title="What followed">
    <Deeds done={done} />
    <Loaded query={subscriptions} failed="The subscriptions could not be read">
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState title="No subscriptions yet" action={<PushLink />}>
            Push a plan with a price, then buy it at /checkout: nobody pays in the sandbox.
          </EmptyState>
        ) : (
          <DataTable label="Subscriptions" columns={columns(before)} rows={rows} rowKey={({ id }) => id} />
        )
      }
    </Loaded>
  </Section>
);

const MOST_SHOWN = 5;

const Deeds = ({ done }: { done: DoneDeed[] }) =>
  done.length === 0 ? (
    <Text size="sm" c="dimmed">
      Do something above; the subscriptions below are read again for some seconds after it.
    </Text>
  ) : (
    <List size="sm" spacing={2} aria-label="What was done">
      {done.slice(0, MOST_SHOWN).map(({ number, at, words, said }) => (
        <List.Item key={number}>
          {words}
          {said !== '' && `: ${said}`}, <Time at={at} />
        </List.Item>
      ))}
    </List>
  );

const columns = (before: Standing | null): Column<Subscription>[] => [
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} /> },
  { key: 'plan', title: 'Plan', cell: ({ plan }) => plan ?? '–', wide: true },
  { key: 'access', title: 'Access', cell: (row) => <Access before={before} subscription={row} /> },
  { key: 'status', title: 'Stripe says', cell: (row) => <Status before={before} subscription={row} />, wide: true },
  { key: 'grace', title: 'Grace ends', cell: ({ graceUntil }) => <Time at={graceUntil} none="–" absolute />, wide: true },
  { key: 'seen', title: 'Seen', cell: ({ syncedAt }) => <Time at={syncedAt} />, wide: true },
];

interface ChangedProps {
  before: Standing | null;
  subscription: Subscription;
}

function Access({ before, subscription }: ChangedProps) {
  const former = formerOf(before, subscription);
  const changed = former !== null && former.access !== subscription.access;
  return (
    <Group gap={6}>
      <HeldAccess of={subscription} />
      {changed && <Text size="xs">was {former.access}</Text>}
    </Group>
  );
}

function Status({ before, subscription }: ChangedProps) {
  const former = formerOf(before, subscription);
  return (
    <>
      {subscription.status}
      {former !== null && former.status !== subscription.status && (
        <Text span size="xs">
          {' '}
          (was {former.status})
        </Text>
      )}
    </>
  );
}
