import { Button, Group, Select, Stack } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useUrlState } from '../../lib/url-state.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Details } from '../../ui/details.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { NoMatches } from '../../ui/no-matches.tsx';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { Time } from '../../ui/time.tsx';
import { ConsumerLink } from './consumer-link.tsx';
import { HeldAccess } from './held-access.tsx';
import { PlanLink } from './plan-link.tsx';
import { PushLink } from './push-link.tsx';
import { ACCESSES, type Subscription, useSubscriptions } from './queries.ts';
import { StripeTime } from './stripe-time.tsx';
import { SubscriptionDetails } from './subscription-details.tsx';

const ANY_ACCESS = [{ value: '', label: 'Any access' }, ...ACCESSES];

/** Subscriptions as they were seen last, with filters, details and a look at Stripe for one of them. */
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
        failed="The subscriptions could not be read"
        columns={columns((id) => setUrl({ subscription: id }))}
        list={list}
        rowKey={({ id }) => id}
        onRow={({ id }) => setUrl({ subscription: id })}
        empty={
          filtered ? <NoMatches title="No subscription fits" onClear={() => setUrl({ consumer: '', access: '' })} /> : NO_SUBSCRIPTIONS
        }
      />
      <Details
        opened={shown !== undefined}
        onClose={() => setUrl({ subscription: '' })}
        title="Subscription"
        row={{ data: shown, error: null, refetch: list.refetch }}
        failed="The subscriptions could not be read"
        missing={null}
      >
        {(found) => <SubscriptionDetails subscription={found} />}
      </Details>
    </Stack>
  );
}

const NO_SUBSCRIPTIONS = (
  <EmptyState title="No subscriptions yet" action={<PushLink />}>
    Give a plan a price and push it. Buyers then find it at your checkout, under /checkout.
  </EmptyState>
);

const columns = (open: (id: string) => void): Column<Subscription>[] => [
  { key: 'consumer', title: 'Consumer', cell: ({ consumerId }) => <ConsumerLink id={consumerId} /> },
  { key: 'plan', title: 'Plan', cell: (row) => <PlanLink plan={row.plan} />, wide: true },
  { key: 'access', title: 'Access', cell: (row) => <HeldAccess of={row} /> },
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
    {word} <StripeTime at={at} />
  </>
);
