import { Time } from '../../ui/time.tsx';
import { useMode } from './queries.ts';

/** A moment by Stripe’s clock. The sandbox’s can be months ahead of the browser’s, so “in 3 months” would be wrong there: the date stands. */
export const StripeTime = ({ at, none }: { at: string | null; none?: string }) => (
  <Time at={at} absolute={useMode() === 'sandbox'} {...(none !== undefined && { none })} />
);
