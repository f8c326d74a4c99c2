import { Text } from '@mantine/core';
import { useBillingSetting } from '../../lib/billing.ts';
import { usePages } from '../../lib/pages.ts';
import { useSyncConsumer } from '../../lib/sync-consumer.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { readSubscriptions, type Subscription, subscriptionsKey } from './queries.ts';

const COLUMNS: Column<Subscription>[] = [
  {
    key: 'id',
    title: 'Subscription',
    cell: ({ id, plan }) => (
      <>
        {plan === null ? (
          <Text size="sm">Unknown plan</Text>
        ) : (
          <PageLink inherit to={`/plans/${plan}`}>
            {plan}
          </PageLink>
        )}
        <Text size="xs" ff="monospace" c="dimmed" className="break">
          {id}
        </Text>
      </>
    ),
  },
  { key: 'access', title: 'Access', cell: ({ access }) => <StatusBadge status={access} /> },
  { key: 'status', title: 'Stripe status', wide: true, cell: ({ status }) => status.replaceAll('_', ' ') },
  { key: 'period', title: 'Period ends', wide: true, cell: ({ currentPeriodEnd }) => <Time at={currentPeriodEnd} none="–" /> },
  { key: 'next', title: 'Next', wide: true, cell: (subscription) => <NextDate {...subscription} /> },
];

function NextDate({ access, graceUntil, cancelAt, endedAt }: Subscription) {
  if (endedAt !== null)
    return (
      <>
        ended <Time at={endedAt} />
      </>
    );
  if (access === 'grace' && graceUntil !== null)
    return (
      <>
        suspended <Time at={graceUntil} />
      </>
    );
  return cancelAt === null ? (
    <>–</>
  ) : (
    <>
      ends <Time at={cancelAt} />
    </>
  );
}

/** The subscriptions of a consumer, with a button to sync them with Stripe. */
export function ConsumerSubscriptions({ id }: { id: string }) {
  const mode = useBillingSetting('mode');
  const sync = useSyncConsumer(id);
  const button = mode.data !== undefined && (
    <ReasonButton
      variant="default"
      size="xs"
      disabledReason={mode.data === 'off' ? 'Billing is off' : null}
      loading={sync.isPending}
      onClick={() => sync.mutate()}
    >
      Sync with Stripe
    </ReasonButton>
  );
  return (
    <Section title="Subscriptions" actions={button}>
      {sync.error && <ErrorNotice error={sync.error} what="The consumer was not synced" />}
      <Loaded query={mode} failed="The billing mode could not be loaded" skeleton={<SkeletonLines count={3} />}>
        {(current) => (current === 'off' ? <Text size="sm">Billing is off: you create every key yourself.</Text> : <List id={id} />)}
      </Loaded>
    </Section>
  );
}

function List({ id }: { id: string }) {
  const list = usePages({ queryKey: subscriptionsKey(id), read: (page) => readSubscriptions(id, page) });
  return (
    <ListView
      label="Subscriptions of this consumer"
      failed="The subscriptions could not be loaded"
      columns={COLUMNS}
      list={list}
      rowKey={(subscription) => subscription.id}
      empty={
        <EmptyState title="No subscriptions">
          Purchases by this consumer appear here. If Stripe shows one that is missing, sync with Stripe.
        </EmptyState>
      }
    />
  );
}
