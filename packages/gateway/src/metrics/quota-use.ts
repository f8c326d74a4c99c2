import { quotaRemaining } from '@api-factory/core';
import type { GatewayEntitlement } from '../snapshot/snapshot.ts';
import type { Sample } from './histogram.ts';

/** From this share on, a quota is `near`. */
const NEAR_SHARE = 0.8;

export type QuotaUse = 'below' | 'near' | 'used_up';

/**
 * How much of its quota an entitlement has used, as far as the gateway knows.
 * @returns null without a limit, and while the current period is unknown: before the first call
 * since the start, and right after the plan changed
 */
export function quotaUseOf({ plan, quota }: Pick<GatewayEntitlement, 'plan' | 'quota'>, nowMs: number): QuotaUse | null {
  if (plan.quotaLimit === null || nowMs >= quota.endsAt || quota.recalled) return null;
  const left = quotaRemaining(quota);
  if (left <= 0) return 'used_up';
  return plan.quotaLimit - left >= plan.quotaLimit * NEAR_SHARE ? 'near' : 'below';
}

/**
 * Counts entitlements by `quotaUseOf`. Computed when the page is read: keeping a count would add
 * work to every call.
 */
export function quotaUseSamples(entitlements: Iterable<GatewayEntitlement>, nowMs: number): Sample[] {
  const counts: Record<QuotaUse, number> = { below: 0, near: 0, used_up: 0 };
  for (const entitlement of entitlements) {
    const use = quotaUseOf(entitlement, nowMs);
    if (use !== null) counts[use] += 1;
  }
  return Object.entries(counts).map(([use, value]) => ({ labels: { use }, value }));
}
