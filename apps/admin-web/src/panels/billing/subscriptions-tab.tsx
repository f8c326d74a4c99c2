import { Button, Drawer, Group, Select, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { toast } from '../../lib/toasts.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Time } from '../../ui/time.tsx';
import { useSync } from './deeds.ts';
import { Facts } from './facts.tsx';
import { ConsumerLink, StripeId } from './ids.tsx';
import { ACCESSES, findConsumers, type Subscription, useConsumerNames, useSubscriptions } from './queries.ts';
import { SearchSelect } from './search-select.tsx';

const ANY_ACCESS = [{ value: '', label: 'Any access' }, ...ACCESSES];

/** Subscriptions as they were seen last, with filters, details and a look at Stripe for one of them. */
export function SubscriptionsTab() {
  const [{ consumer, access, subscription }, setUrl] = useUrlState({ consumer: '', access: '', subscription: '' });
  const names = useConsumerNames();
  const list = useSubscriptions({ consumer, access });
  const shown = list.rows?.find(({ id }) => id === subscription);
  const filtered = consumer !== '' || access !== '';
  return (
    <Stack>
      <Group align="flex-end" gap="sm">
        <SearchSelect
          label="Consumer"
          placeholder="All consumers"
          what="consumers"
          find={findConsumers}
          value={consumer}
          onChange={(next) => setUrl({ consumer: next })}
        />
        <Select label="Access" data={ANY_ACCESS} value={access} onChange={(next) => setUrl({ access: next ?? '' })} allowDeselect={false} />
        <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={list.refetch}>
          Refresh
        </Button>
      </Group>
      <ListView
        label="Subscriptions"
        failed="The subscriptions could not be read"
        columns={columns(names, (id) => setUrl({ subscription: id }))}
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => setUrl({ subscription: id })}
        empty={
          filtered ? (
            <EmptyState
              title="No subscription fits"
              action={
                <Button variant="default" onClick={() => setUrl({ consumer: '', access: '' })}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <EmptyState title="No subscriptions yet" action={<LinkButton to="/plans?push=1">Push plans to Stripe</LinkButton>}>
              Give a plan a price and push it. Buyers then find it at your checkout, under /checkout.
            </EmptyState>
          )
        }
      />
      <Drawer
        opened={shown !== undefined}
        onClose={() => setUrl({ subscription: '' })}
        position="right"
        size="lg"
        title="Subscription"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {shown && <Details subscription={shown} names={names} />}
      </Drawer>
    </Stack>
  );
}

const columns = (names: ReadonlyMap<string, string>, open: (id: string) => void): Column<Subscription>[] => [
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink consumerId={consumerId} names={names} /> },
  { key: 'plan', title: 'Plan', cell: (row) => <PlanLink plan={row.plan} />, wide: true },
  { key: 'access', title: 'Access', cell: ({ access }) => <StatusBadge status={access} /> },
  { key: 'status', title: 'Stripe says', cell: ({ status }) => status, wide: true },
  { key: 'next', title: 'Next', cell: (row) => <NextMoment {...row} />, wide: true },
  { key: 'synced', title: 'Seen', cell: ({ syncedAt }) => <Time at={syncedAt} />, wide: true },
  {
    key: 'details',
    title: 'Details',
    cell: ({ id }) => (
      <Button variant="subtle" size="compact-sm" onClick={() => open(id)} aria-label={`Details of ${id}`}>
        Details
      </Button>
    ),
    align: 'right',
  },
];

const PlanLink = ({ plan }: { plan: string | null }) =>
  plan === null ? (
    <Text span inherit c="dimmed">
      no plan
    </Text>
  ) : (
    <PageLink to={`/plans/${plan}`} size="sm" className="break">
      {plan}
    </PageLink>
  );

/** What comes next for it: the end of the grace before a cancellation before the renewal. */
function NextMoment({ endedAt, graceUntil, cancelAt, currentPeriodEnd }: Subscription) {
  // Absolute: the sandbox’s clock can be ahead of the browser’s, and “ended in 3 days” is nonsense.
  if (endedAt !== null)
    return (
      <>
        ended <Time at={endedAt} absolute />
      </>
    );
  if (graceUntil !== null) return <Moment word="grace ends" at={graceUntil} />;
  if (cancelAt !== null) return <Moment word="cancels" at={cancelAt} />;
  return currentPeriodEnd === null ? <>–</> : <Moment word="period ends" at={currentPeriodEnd} />;
}

const Moment = ({ word, at }: { word: string; at: string }) => (
  <>
    {word} <Time at={at} />
  </>
);

function Details({ subscription, names }: { subscription: Subscription; names: ReadonlyMap<string, string> }) {
  const { id, customerId, consumerId, plan, access, status, priceId, entitlementId } = subscription;
  return (
    <Stack>
      <Facts
        label="Subscription"
        facts={[
          ['Id', <StripeId key="id" id={id} what="subscription id" />],
          ['Access', <StatusBadge key="access" status={access} />],
          ['Stripe says', status],
          ['Plan', <PlanLink key="plan" plan={plan} />],
          ['Consumer', <ConsumerLink key="consumer" consumerId={consumerId} names={names} />],
          ['Customer', <StripeId key="customer" id={customerId} what="customer id" />],
          ['Price', priceId === null ? '–' : <StripeId key="price" id={priceId} what="price id" />],
          ['Entitlement', entitlementId === null ? 'none' : <StripeId key="entitlement" id={entitlementId} what="entitlement id" />],
          ...moments(subscription),
        ]}
      />
      <Group>
        <SyncButton consumerId={consumerId} />
        {consumerId !== null && (
          <LinkButton variant="default" to={`/keys?consumer=${consumerId}`}>
            See its keys
          </LinkButton>
        )}
      </Group>
    </Stack>
  );
}

function moments({
  currentPeriodEnd,
  graceUntil,
  cancelAt,
  endedAt,
  backedBy,
  createdAt,
  syncedAt,
}: Subscription): [string, React.ReactNode][] {
  return [
    ['Period ends', <Time key="at" at={currentPeriodEnd} none="–" />],
    ['Grace ends', <Time key="at" at={graceUntil} none="no grace runs" />],
    ['Cancels', <Time key="at" at={cancelAt} none="not planned" />],
    ['Ended', <Time key="at" at={endedAt} none="no" absolute />],
    ...(backedBy === null
      ? []
      : [['Its keys went on to', <StripeId key="id" id={backedBy} what="subscription id" />] as [string, React.ReactNode]]),
    ['Created', <Time key="at" at={createdAt} absolute />],
    ['Seen', <Time key="at" at={syncedAt} />],
  ];
}

function SyncButton({ consumerId }: { consumerId: string | null }) {
  const run = useSync(consumerId);
  return (
    <Stack gap="xs">
      <ReasonButton
        off={consumerId === null ? 'No consumer here belongs to this customer' : null}
        loading={run.isPending}
        onClick={() =>
          run.mutate(undefined, {
            onSuccess: () => toast({ cause: 'sync', tone: 'good', title: 'Asked Stripe; what it said is written down' }),
          })
        }
      >
        Sync with Stripe
      </ReasonButton>
      {run.error && <ErrorNotice error={run.error} what="The sync failed" onRetry={() => run.mutate()} />}
    </Stack>
  );
}
