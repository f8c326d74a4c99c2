import type { DenyCode } from '../codes.ts';
import type { GuardKey } from './model.ts';
import { takeRate } from './rate.ts';

/** The result of the guard: allow, or deny with a code. */
export type Verdict = 'ALLOW' | DenyCode;

/**
 * Decides before the body is read: key status, expiry, APIs of the plan, then the rate. Only an
 * admitted call changes a count. `nowMs` is epoch ms.
 */
export function admit(key: GuardKey, api: string, nowMs: number): Verdict {
  if (key.status === 'revoked') return 'INVALID_KEY';
  if (nowMs >= key.expiresAt) return 'KEY_EXPIRED';
  if (key.status === 'suspended') return 'KEY_SUSPENDED';
  const { plan, rate } = key.entitlement;
  if (plan.apis !== null && !plan.apis.has(api)) return 'PLAN_REQUIRED';
  if (plan.rateLimit === null) return 'ALLOW';
  return takeRate(rate, plan.rateLimit, plan.rateWindowMs, nowMs) ? 'ALLOW' : 'RATE_LIMITED';
}
