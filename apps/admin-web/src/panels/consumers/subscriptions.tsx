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
          <Text size="sm">No plan of ours</Text>
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
  { key: 'status', title: 'Stripe says', wide: true, cell: ({ status }) => status.replaceAll('_', ' ') },
  { key: 'period', title: 'Period ends', wide: true, cell: ({ currentPeriodEnd }) => <Time at={currentPeriodEnd} none="–" /> },
  { key: 'what', title: 'What follows', wide: true, cell: (subscription) => <WhatFollows {...subscription} /> },
];

/** The date that matters next. */
function WhatFollows({ access, graceUntil, cancelAt, endedAt }: Subscription) {
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

/** The subscriptions of a consumer, and asking Stripe for them. */
export function Subscriptions({ id }: { id: string }) {
  const mode = useBillingSetting('mode');
  const sync = useSyncConsumer(id);
  const button = mode.data !== undefined && (
    <ReasonButton
      variant="default"
      size="xs"
      off={mode.data === 'off' ? 'Billing is off' : null}
      loading={sync.isPending}
      onClick={() => sync.mutate()}
    >
      Sync with Stripe
    </ReasonButton>
  );
  return (
    <Section title="Subscriptions" actions={button}>
      {sync.error && <ErrorNotice error={sync.error} what="The consumer was not synced" />}
      <Loaded query={mode} failed="Whether billing runs could not be read" skeleton={<SkeletonLines count={3} />}>
        {(word) =>
          word === 'off' ? <Text size="sm">Billing is off: nothing is sold here, and keys are given by you.</Text> : <List id={id} />
        }
      </Loaded>
    </Section>
  );
}

function List({ id }: { id: string }) {
  const list = usePages({ queryKey: subscriptionsKey(id), read: (page) => readSubscriptions(id, page) });
  return (
    <ListView
      label="Subscriptions of this consumer"
      failed="The subscriptions could not be read"
      columns={COLUMNS}
      list={list}
      rowKey={(subscription) => subscription.id}
      empty={<EmptyState title="No subscriptions">This consumer has bought nothing. If Stripe says otherwise, sync it.</EmptyState>}
    />
  );
}
