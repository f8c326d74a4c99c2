import { type DenyCode, type ProblemParts, quotaRemaining, rateResetMs, rateRetryMs } from '@api-factory/core';
import { HEAVY_IN_FLIGHT } from '../heavy/places.ts';
import type { GatewayKey } from '../snapshot/snapshot.ts';

/** For the call that finds every place of heavy calls taken. */
export const CONCURRENCY_PARTS: ProblemParts = {
  detail: `At most ${HEAVY_IN_FLIGHT} heavy actions may run at once for the keys that share a quota; try again when one has ended.`,
  retryAfterSeconds: 1,
  details: { policy: 'concurrency', limit: HEAVY_IN_FLIGHT, retryAfter: 1 },
};

/** Whether a payment is open or disputed is between the consumer and Stripe, so both ways out are named. */
export function billingParts(billingUrl: string | null): ProblemParts {
  if (billingUrl === null) return {};
  return { detail: suspendedText(billingUrl), billingUrl, details: { billingUrl } };
}

const suspendedText = (billingUrl: string): string =>
  `The subscription of this key is suspended. Settle an open payment at ${billingUrl}; if a payment is disputed, talk to the operator.`;

/** What a refusal says beyond its code: which limit, and when to try again. */
export function refusalParts(key: GatewayKey, code: DenyCode, now: number): ProblemParts {
  const { plan, rate, quota } = key.entitlement;
  if (code === 'RATE_LIMITED') {
    const limit = plan.rateLimit ?? 0;
    const waitMs = Math.max(rateRetryMs(rate, limit, plan.rateWindowMs, now), rateResetMs(rate, plan.rateWindowMs, now));
    const retryAfter = Math.ceil((Number.isFinite(waitMs) ? waitMs : plan.rateWindowMs) / 1000);
    const detail = `${limit} requests per ${seconds(plan.rateWindowMs)} are allowed; retry in ${retryAfter} s.`;
    return { detail, retryAfterSeconds: retryAfter, details: { policy: 'rate', limit, retryAfter } };
  }
  if (code === 'QUOTA_EXCEEDED') {
    const retryAfter = Math.max(1, Math.ceil((quota.endsAt - now) / 1000));
    const resetsAt = new Date(quota.endsAt).toISOString();
    const left = quotaRemaining(quota);
    const what =
      left > 0
        ? `Only ${left} of the ${plan.quotaLimit} units of this period are left, and this call costs more`
        : `The ${plan.quotaLimit} units of this period are used up`;
    const detail = `${what}; the next period begins at ${resetsAt}.`;
    return { detail, retryAfterSeconds: retryAfter, details: { policy: 'quota', limit: plan.quotaLimit, retryAfter, resetsAt } };
  }
  if (code === 'KEY_SUSPENDED') return { detail: 'The operator has suspended this key; ask for it to be resumed.' };
  return {};
}

const seconds = (windowMs: number): string => (windowMs === 60_000 ? 'minute' : windowMs === 1_000 ? 'second' : `${windowMs / 1000} s`);
