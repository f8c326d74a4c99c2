import { type DenyCode, type ProblemParts, quotaRemaining, rateResetMs, rateRetryMs } from '@api-factory/core';
import { HEAVY_IN_FLIGHT } from '../heavy/slots.ts';
import type { GatewayKey } from '../snapshot/snapshot.ts';

/** The refusal of a heavy call while all of its entitlement's slots are taken. */
export const CONCURRENCY_PARTS: ProblemParts = {
  detail: `The keys that share a quota can run ${HEAVY_IN_FLIGHT} heavy actions at a time. Try again when one has finished.`,
  retryAfterSeconds: 1,
  details: { policy: 'concurrency', limit: HEAVY_IN_FLIGHT, retryAfter: 1 },
};

/**
 * Only the consumer and Stripe know whether a payment is open or disputed, so the text names both.
 */
export function billingParts(billingUrl: string | null): ProblemParts {
  if (billingUrl === null) return {};
  return { detail: suspendedText(billingUrl), billingUrl, details: { billingUrl } };
}

const suspendedText = (billingUrl: string): string =>
  `The subscription of this key is suspended. Pay the open invoice at ${billingUrl}. If you disputed a payment, contact the operator.`;

/** Details of a refusal: which limit, and when to retry. */
export function refusalParts(key: GatewayKey, code: DenyCode, now: number): ProblemParts {
  const { plan, rate, quota } = key.entitlement;
  if (code === 'RATE_LIMITED') {
    const limit = plan.rateLimit ?? 0;
    const waitMs = Math.max(rateRetryMs(rate, limit, plan.rateWindowMs, now), rateResetMs(rate, plan.rateWindowMs, now));
    const retryAfter = Math.ceil((Number.isFinite(waitMs) ? waitMs : plan.rateWindowMs) / 1000);
    const detail = `The limit is ${limit} requests per ${seconds(plan.rateWindowMs)}. Retry in ${retryAfter} s.`;
    return { detail, retryAfterSeconds: retryAfter, details: { policy: 'rate', limit, retryAfter } };
  }
  if (code === 'QUOTA_EXCEEDED') {
    const retryAfter = Math.max(1, Math.ceil((quota.endsAt - now) / 1000));
    const resetsAt = new Date(quota.endsAt).toISOString();
    const left = quotaRemaining(quota);
    const what =
      left > 0
        ? `This call costs more than the ${left} of ${plan.quotaLimit} units that are left in this period`
        : `All ${plan.quotaLimit} units of this period are used`;
    const detail = `${what}. The next period starts at ${resetsAt}.`;
    return { detail, retryAfterSeconds: retryAfter, details: { policy: 'quota', limit: plan.quotaLimit, retryAfter, resetsAt } };
  }
  if (code === 'KEY_SUSPENDED') return { detail: 'The operator suspended this key. Ask the operator to resume it.' };
  return {};
}

const seconds = (windowMs: number): string => (windowMs === 60_000 ? 'minute' : windowMs === 1_000 ? 'second' : `${windowMs / 1000} s`);
