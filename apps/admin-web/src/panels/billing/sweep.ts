import type { Billing } from '../../lib/billing.ts';
import { counted, formatCount, formatDuration } from '../../lib/format.ts';

type Sweep = NonNullable<Billing['reconcile']>;

/** Whether a sweep over everything runs now. */
export const isSweeping = ({ reconcile }: Pick<Billing, 'reconcile'>): boolean => reconcile !== null && reconcile.finishedAt === null;

/**
 * Whether the sweep that was asked for is over. Its own report can begin after the answer to the request: until then the report of the sweep before is shown.
 * @param askedAt when the answer said that it began, RFC 3339
 */
export function hasEnded({ reconcile }: Pick<Billing, 'reconcile'>, askedAt: string): boolean {
  return reconcile !== null && reconcile.finishedAt !== null && Date.parse(reconcile.startedAt) >= Date.parse(askedAt);
}

/** How far a sweep is, 0 to 100; null: it can’t be said yet. */
export const percentOf = ({ customers, total }: Pick<Sweep, 'customers' | 'total'>): number | null =>
  total > 0 ? Math.min(100, Math.round((customers / total) * 100)) : null;

/** What a sweep that is over found, in words. */
export function sweepText({ startedAt, finishedAt, events, total, customers, drift }: Sweep): string {
  if (finishedAt === null) return total === 0 ? 'Reading Stripe’s events' : `${formatCount(customers)} of ${formatCount(total)} customers`;
  const took = formatDuration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000);
  const found =
    drift === 0
      ? 'nothing differed from Stripe'
      : `${counted(drift, 'customer')} differed from Stripe, and ${drift === 1 ? 'was' : 'were'} repaired`;
  const missed =
    events === 0
      ? ''
      : ` ${counted(events, 'event')} ${events === 1 ? 'was' : 'were'} missing here and ${events === 1 ? 'is' : 'are'} taken in.`;
  return `${counted(customers, 'customer')} looked at in ${took}: ${found}.${missed}`;
}
