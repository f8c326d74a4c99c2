import { Stack, Text } from '@mantine/core';
import { useBillingMode } from '../../lib/billing.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { ObjectLink } from '../../ui/object-link.tsx';
import { Time } from '../../ui/time.tsx';
import { isSuspendedByDispute, type Subscription } from './queries.ts';

/** The consumer of a Stripe object. */
export const ConsumerLink = ({ id }: { id: string | null }) =>
  id === null ? (
    <Text span inherit c="dimmed">
      unknown
    </Text>
  ) : (
    <ObjectLink type="consumer" id={id} />
  );

export const PlanLink = ({ plan }: { plan: string | null }) =>
  plan === null ? (
    <Text span inherit c="dimmed">
      no plan
    </Text>
  ) : (
    <PageLink to={`/plans/${plan}`} size="sm" className="break">
      {plan}
    </PageLink>
  );

/** The access that a subscription grants, with a link to the dispute that suspends it. */
export const Access = ({ of }: { of: Subscription }) =>
  isSuspendedByDispute(of) ? (
    <Stack gap={2} align="flex-start">
      <StatusBadge status={of.access} />
      <PageLink to="/billing?tab=disputes" size="xs">
        Suspended by a dispute
      </PageLink>
    </Stack>
  ) : (
    <StatusBadge status={of.access} />
  );

/**
 * The sandbox’s clock can be months ahead of the browser’s, so “in 3 months” would be wrong: dates
 * are absolute there.
 */
export const StripeTime = ({ at, none }: { at: string | null; none?: string }) => (
  <Time at={at} absolute={useBillingMode() === 'sandbox'} {...(none !== undefined && { none })} />
);

export const PushPlansButton = () => (
  <LinkButton to="/plans?push=1">{useBillingMode() === 'sandbox' ? 'Push plans to the sandbox' : 'Push plans to Stripe'}</LinkButton>
);
