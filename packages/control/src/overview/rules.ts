import type { LiveLimits } from '../context.ts';
import { usedOf } from '../keys/key-limits.ts';
import type { NearQuota, Overview } from './schema.ts';
import type { PlanCounts, QuotaUse } from './store.ts';

/** Keys of all plans by status. */
export function sumKeys(plans: readonly PlanCounts[]): Overview['keys'] {
  const sums = { enabled: 0, suspended: 0, revoked: 0, expired: 0, grace: 0 };
  for (const plan of plans) for (const status of Object.keys(sums) as (keyof typeof sums)[]) sums[status] += plan[status];
  return sums;
}

/** All plans, the one with the most unrevoked keys first. */
export const planMix = (plans: readonly PlanCounts[]): Overview['plans'] =>
  plans
    .map(({ id, name, entitlements, enabled, suspended, expired }) => ({ id, name, entitlements, keys: enabled + suspended + expired }))
    .sort((a, b) => b.keys - a.keys || (a.id < b.id ? -1 : 1));

/**
 * Entitlements close to their quota, by the gateway’s live numbers, highest share first. These can
 * be ahead of the database.
 */
export const correctByLive = (uses: readonly QuotaUse[], limits: LiveLimits): NearQuota[] =>
  uses
    .map(({ entitlementId, used, periodEnd, ...use }) => ({
      ...use,
      used: usedOf({ settled: used, limit: use.limit, live: limits.of(entitlementId) }),
      periodEnd: periodEnd.toISOString(),
    }))
    .sort((a, b) => b.used / b.limit - a.used / a.limit);
