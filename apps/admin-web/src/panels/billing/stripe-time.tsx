import { useBillingMode } from '../../lib/billing.ts';
import { Time } from '../../ui/time.tsx';

/** A moment by Stripe’s clock. The sandbox’s can be months ahead of the browser’s, so “in 3 months” would be wrong there: the date stands. */
export const StripeTime = ({ at, none }: { at: string | null; none?: string }) => (
  <Time at={at} absolute={useBillingMode() === 'sandbox'} {...(none !== undefined && { none })} />
);
