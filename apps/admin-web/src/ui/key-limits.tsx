import { SimpleGrid, Stack } from '@mantine/core';
import { formatCount, formatDay, formatDuration } from '../lib/format.ts';
import { endedKeyText, type Limits } from '../lib/key-limits.ts';
import { useNow } from '../lib/now.ts';
import { StatusBadge } from './badge.tsx';
import { Figure } from './figure.tsx';
import { NewTabLink } from './link.tsx';
import { QuotaBar } from './quota-bar.tsx';
import { Time } from './time.tsx';

interface KeyLimitsProps {
  limits: Limits;
  /** When they were fetched, in epoch ms: the rate limit counts down from there. */
  readAt: number;
}

/** Quota, rate limit and billing of a key, as its owner sees them. */
export const KeyLimits = ({ limits: { status, usage, rate, billing }, readAt }: KeyLimitsProps) => (
  <Stack>
    <QuotaBar used={usage.used} limit={usage.limit} periodEnd={usage.periodEnd} />
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <Rate {...{ rate, readAt }} ended={endedKeyText(status)} />
      <Figure
        label="Period"
        value={`${formatDay(new Date(usage.periodStart))} – ${formatDay(new Date(usage.periodEnd))}`}
        note={
          <>
            Started <Time at={usage.periodStart} />, ends <Time at={usage.periodEnd} />
          </>
        }
      />
      <Figure
        label="Billing"
        value={billing === null ? 'None' : <StatusBadge status={billing.status} />}
        note={billing === null ? 'No active subscription' : <BillingNote billing={billing} />}
      />
    </SimpleGrid>
  </Stack>
);

function Rate({ rate, readAt, ended }: { rate: Limits['rate']; readAt: number; ended: string | null }) {
  if (ended !== null) return <Figure label="Rate limit" value="No calls left" note={ended} />;
  if (rate.limit === null) return <Figure label="Rate limit" value="Unlimited" note="The plan has no rate limit" />;
  return (
    <Figure
      label="Rate limit"
      value={`${formatCount(rate.remaining ?? rate.limit)} of ${formatCount(rate.limit)}`}
      note={<RateNote readAt={readAt} resetSeconds={rate.resetSeconds ?? 0} />}
    />
  );
}

/** A separate component, so that only it re-renders every second. */
function RateNote({ readAt, resetSeconds }: { readAt: number; resetSeconds: number }) {
  const now = useNow();
  const left = Math.ceil((readAt + resetSeconds * 1_000 - now) / 1_000);
  return <>calls left. {left > 0 ? `Resets in ${formatDuration(Math.min(left, resetSeconds))}` : 'Resets now'}</>;
}

const BillingNote = ({
  billing: { status, plan, currentPeriodEnd, cancelAt, graceUntil, portalUrl },
}: {
  billing: NonNullable<Limits['billing']>;
}) => (
  <Stack gap={2}>
    <span className="break">Subscription to {plan}</span>
    {status === 'suspended' && <span>A payment is overdue or disputed</span>}
    {status === 'grace' && graceUntil !== null && (
      <span>
        Payment failed. Grace period ends <Time at={graceUntil} />
      </span>
    )}
    {cancelAt !== null && (
      <span>
        Cancels <Time at={cancelAt} />
      </span>
    )}
    {status === 'active' && cancelAt === null && currentPeriodEnd !== null && (
      <span>
        Paid until <Time at={currentPeriodEnd} />
      </span>
    )}
    {portalUrl !== undefined && (
      <span>
        <NewTabLink href={portalUrl} inherit>
          Billing portal
        </NewTabLink>
      </span>
    )}
  </Stack>
);
