import type { Billing } from '../../lib/billing.ts';
import { counted, formatCount, formatDuration } from '../../lib/format.ts';

type Sweep = NonNullable<Billing['reconcile']>;

export const isSweeping = ({ reconcile }: Pick<Billing, 'reconcile'>): boolean => reconcile !== null && reconcile.finishedAt === null;

/**
 * Whether the requested sweep has finished. Until its report starts, `reconcile` is still the
 * report of the previous sweep.
 * @param requestedAt `startedAt` of the response to the request, RFC 3339
 */
export function hasEnded({ reconcile }: Pick<Billing, 'reconcile'>, requestedAt: string): boolean {
  return reconcile !== null && reconcile.finishedAt !== null && Date.parse(reconcile.startedAt) >= Date.parse(requestedAt);
}

/** Progress from 0 to 100; null: not known yet. */
export const percentOf = ({ customers, total }: Pick<Sweep, 'customers' | 'total'>): number | null =>
  total > 0 ? Math.min(100, Math.round((customers / total) * 100)) : null;

/** The progress or the result of a sweep. */
export function sweepText({ startedAt, finishedAt, events, total, customers, drift }: Sweep): string {
  if (finishedAt === null) return total === 0 ? 'Reading Stripe events' : `${formatCount(customers)} of ${formatCount(total)} customers`;
  const took = formatDuration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000);
  const found =
    drift === 0
      ? 'no differences from Stripe'
      : `${counted(drift, 'customer')} differed from Stripe and ${drift === 1 ? 'was' : 'were'} corrected`;
  const missed = events === 0 ? '' : ` ${counted(events, 'missing event')} ${events === 1 ? 'was' : 'were'} added.`;
  return `${counted(customers, 'customer')} checked in ${took}: ${found}.${missed}`;
}
