import { Button, Group, Select, Stack } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { ACCESSES } from '../../lib/statuses.ts';
import { useSyncConsumer } from '../../lib/sync-consumer.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { CopyableId } from '../../ui/copy-button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Details } from '../../ui/details.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { type Fact, Facts } from '../../ui/facts.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Time } from '../../ui/time.tsx';
import { Access, ConsumerLink, PlanLink, PushPlansButton, StripeTime } from './cells.tsx';
import { type Subscription, useSubscriptions } from './queries.ts';

const ANY_ACCESS = [{ value: '', label: 'Any access' }, ...ACCESSES];

/** Subscriptions as of their last sync, with filters and details. */
export function SubscriptionsTab() {
  const [{ consumer, access, subscription }, setUrl] = useUrlState({ consumer: '', access: '', subscription: '' });
  const list = useSubscriptions({ consumer, access });
  const shown = list.rows?.find(({ id }) => id === subscription);
  const filtered = consumer !== '' || access !== '';
  return (
    <Stack>
      <Group align="flex-end" gap="sm">
        <ObjectSelect
          type="consumer"
          label="Consumer"
          placeholder="All consumers"
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
        failed="The subscriptions could not be loaded"
        columns={columns((id) => setUrl({ subscription: id }))}
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => setUrl({ subscription: id })}
        empty={
          filtered ? (
            <NoMatches title="No subscriptions match these filters" onClear={() => setUrl({ consumer: '', access: '' })} />
          ) : (
            NO_SUBSCRIPTIONS
          )
        }
      />
      <Details
        opened={shown !== undefined}
        onClose={() => setUrl({ subscription: '' })}
        title="Subscription"
        row={{ data: shown, error: null, refetch: list.refetch }}
        failed="The subscriptions could not be loaded"
        missing={null}
      >
        {(found) => <SubscriptionDetails subscription={found} />}
      </Details>
    </Stack>
  );
}

const NO_SUBSCRIPTIONS = (
  <EmptyState title="No subscriptions yet" action={<PushPlansButton />}>
    Subscriptions appear here when customers buy a plan. Give a plan a price and push it: it is then for sale at /checkout.
  </EmptyState>
);

const columns = (onShow: (id: string) => void): Column<Subscription>[] => [
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} /> },
  { key: 'plan', title: 'Plan', cell: (row) => <PlanLink plan={row.plan} />, wide: true },
  { key: 'access', title: 'Access', cell: (row) => <Access of={row} /> },
  { key: 'status', title: 'Stripe status', cell: ({ status }) => status, wide: true },
  { key: 'next', title: 'Next', cell: (row) => <NextDate {...row} />, wide: true },
  { key: 'synced', title: 'Last synced', cell: ({ syncedAt }) => <Time at={syncedAt} />, wide: true },
  {
    key: 'details',
    title: 'Details',
    cell: ({ id }) => (
      <Button variant="subtle" size="compact-sm" onClick={() => onShow(id)} aria-label={`Details of ${id}`}>
        Details
      </Button>
    ),
    align: 'right',
  },
];

/**
 * The end of grace takes precedence over a cancellation, which takes precedence over the renewal.
 */
function NextDate({ endedAt, graceUntil, cancelAt, currentPeriodEnd }: Subscription) {
  // Absolute: the sandbox’s clock can be ahead of the browser’s, and “ended in 3 days” is nonsense.
  if (endedAt !== null)
    return (
      <>
        ended <Time at={endedAt} absolute />
      </>
    );
  if (graceUntil !== null) return <LabeledTime label="grace ends" at={graceUntil} />;
  if (cancelAt !== null) return <LabeledTime label="cancels" at={cancelAt} />;
  return currentPeriodEnd === null ? <>–</> : <LabeledTime label="period ends" at={currentPeriodEnd} />;
}

const LabeledTime = ({ label, at }: { label: string; at: string }) => (
  <>
    {label} <StripeTime at={at} />
  </>
);

function SubscriptionDetails({ subscription }: { subscription: Subscription }) {
  const { id, customerId, consumerId, plan, status, priceId, entitlementId } = subscription;
  return (
    <>
      <Facts
        label="Subscription"
        facts={[
          ['ID', <CopyableId key="id" id={id} what="subscription ID" />],
          ['Access', <Access key="access" of={subscription} />],
          ['Stripe status', status],
          ['Plan', <PlanLink key="plan" plan={plan} />],
          ['Consumer', <ConsumerLink key="consumer" id={consumerId} />],
          ['Customer', <CopyableId key="customer" id={customerId} what="customer ID" />],
          ['Price', priceId === null ? '–' : <CopyableId key="price" id={priceId} what="price ID" />],
          ['Entitlement', entitlementId === null ? 'none' : <CopyableId key="entitlement" id={entitlementId} what="entitlement ID" />],
          ...timeFacts(subscription),
        ]}
      />
      <Group>
        <SyncButton consumerId={consumerId} />
        {consumerId !== null && (
          <LinkButton variant="default" to={`/keys?consumer=${consumerId}`}>
            See keys
          </LinkButton>
        )}
      </Group>
    </>
  );
}

const timeFacts = ({ currentPeriodEnd, graceUntil, cancelAt, endedAt, backedBy, createdAt, syncedAt }: Subscription): Fact[] => [
  ['Period ends', <StripeTime key="at" at={currentPeriodEnd} none="–" />],
  ['Grace ends', <StripeTime key="at" at={graceUntil} none="not in grace" />],
  ['Cancels', <StripeTime key="at" at={cancelAt} none="not scheduled" />],
  ['Ended', <Time key="at" at={endedAt} none="no" absolute />],
  backedBy !== null && ['Keys moved to', <CopyableId key="id" id={backedBy} what="subscription ID" />],
  ['Created', <Time key="at" at={createdAt} absolute />],
  ['Last synced', <Time key="at" at={syncedAt} />],
];

function SyncButton({ consumerId }: { consumerId: string | null }) {
  const run = useSyncConsumer(consumerId ?? '');
  return (
    <Stack gap="xs">
      <ReasonButton
        disabledReason={consumerId === null ? 'This Stripe customer has no consumer here' : null}
        loading={run.isPending}
        onClick={() => run.mutate()}
      >
        Sync with Stripe
      </ReasonButton>
      {run.error && <ErrorNotice error={run.error} what="The consumer was not synced" onRetry={() => run.mutate()} />}
    </Stack>
  );
}
