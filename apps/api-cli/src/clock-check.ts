import type { Check } from '@api-factory/gateway';

/** As far as Stripe's signatures may be off. */
const MOST_APART_MS = 300_000;

/**
 * Whether the product's clock, which never steps back, still agrees with the machine's. It is no reason to refuse calls, so the check stays
 * ok; its detail says what to do, and `doctor` shows it as a warning.
 * @param aheadMs how far the product's clock is ahead of the machine's
 */
export function checkClock(aheadMs: number): Check {
  if (Math.abs(aheadMs) <= MOST_APART_MS) return { ok: true };
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  return {
    ok: true,
    detail: `the product’s clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine’s, which was set after the start; restart the product`,
  };
}
