import { Group, Stack } from '@mantine/core';
import { useSyncConsumer } from '../../lib/sync-consumer.ts';
import { CopyableId } from '../../ui/copy-button.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { type Fact, Facts } from '../../ui/facts.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerLink } from './consumer-link.tsx';
import { HeldAccess } from './held-access.tsx';
import { PlanLink } from './plan-link.tsx';
import type { Subscription } from './queries.ts';
import { StripeTime } from './stripe-time.tsx';

/** Everything about a subscription, and asking Stripe for it. */
export function SubscriptionDetails({ subscription }: { subscription: Subscription }) {
  const { id, customerId, consumerId, plan, status, priceId, entitlementId } = subscription;
  return (
    <>
      <Facts
        label="Subscription"
        facts={[
          ['Id', <CopyableId key="id" id={id} what="subscription id" />],
          ['Access', <HeldAccess key="access" of={subscription} />],
          ['Stripe says', status],
          ['Plan', <PlanLink key="plan" plan={plan} />],
          ['Consumer', <ConsumerLink key="consumer" id={consumerId} />],
          ['Customer', <CopyableId key="customer" id={customerId} what="customer id" />],
          ['Price', priceId === null ? '–' : <CopyableId key="price" id={priceId} what="price id" />],
          ['Entitlement', entitlementId === null ? 'none' : <CopyableId key="entitlement" id={entitlementId} what="entitlement id" />],
          ...momentsOf(subscription),
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
    </>
  );
}

const momentsOf = ({ currentPeriodEnd, graceUntil, cancelAt, endedAt, backedBy, createdAt, syncedAt }: Subscription): Fact[] => [
  ['Period ends', <StripeTime key="at" at={currentPeriodEnd} none="–" />],
  ['Grace ends', <StripeTime key="at" at={graceUntil} none="no grace runs" />],
  ['Cancels', <StripeTime key="at" at={cancelAt} none="not planned" />],
  ['Ended', <Time key="at" at={endedAt} none="no" absolute />],
  backedBy !== null && ['Its keys went on to', <CopyableId key="id" id={backedBy} what="subscription id" />],
  ['Created', <Time key="at" at={createdAt} absolute />],
  ['Seen', <Time key="at" at={syncedAt} />],
];

/** Off while no consumer is known that Stripe could be asked for. */
function SyncButton({ consumerId }: { consumerId: string | null }) {
  const run = useSyncConsumer(consumerId ?? '');
  return (
    <Stack gap="xs">
      <ReasonButton
        off={consumerId === null ? 'No consumer here belongs to this customer' : null}
        loading={run.isPending}
        onClick={() => run.mutate()}
      >
        Sync with Stripe
      </ReasonButton>
      {run.error && <ErrorNotice error={run.error} what="The sync failed" onRetry={() => run.mutate()} />}
    </Stack>
  );
}
