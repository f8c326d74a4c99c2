import { effectiveStatus, periodAt, type ShownKeyStatus } from '@api-factory/core';
import type { LiveLimits } from '../context.ts';
import type { OwnKeyRow, QuotaRow } from './key-limits-store.ts';
import { statusOf } from './rules.ts';
import type { KeyLimits, OwnKey } from './schema.ts';

/** Everything that a view of a key’s limits is computed from. */
export interface LimitFacts {
  row: OwnKeyRow;
  quota: QuotaRow | null;
  /**
   * The gateway's live numbers; null when it has not seen a call of the entitlement. They are ahead
   * of the database by the usage that is not shipped yet.
   */
  live: ReturnType<LiveLimits['of']>;
  /** null when billing is off. */
  portalUrl: string | null;
  now: Date;
}

/** A consumer's view of its own key. */
export const presentOwnKey = (facts: LimitFacts): OwnKey =>
  viewOf(facts, effectiveStatus(facts.row.operatorStatus, facts.row.access) === 'suspended' ? 'suspended' : 'enabled');

/** The same view for the operator, with every status that a key can have. */
export const presentLimits = (facts: LimitFacts): KeyLimits => viewOf(facts, statusOf(facts.row, facts.now));

const viewOf = <T extends ShownKeyStatus>(facts: LimitFacts, status: T) => ({
  id: facts.row.id,
  name: facts.row.name,
  status,
  plan: facts.row.planId,
  usage: usageOf(facts),
  rate: rateOf(facts),
  billing: billingOf(facts),
});

function usageOf({ row, quota, live, now }: LimitFacts): OwnKey['usage'] {
  const limit = row.quotaLimit;
  const period = quota ?? periodAt(row.anchor, row.quotaPeriod, now);
  const bounds = { periodStart: period.startsAt.toISOString(), periodEnd: period.endsAt.toISOString() };
  const settled = quota?.settled ?? 0;
  if (limit === null) return { used: settled, limit: null, remaining: null, ...bounds };
  const used = usedOf({ settled, limit, live });
  return { used, limit, remaining: Math.max(0, limit - used), ...bounds };
}

/**
 * Used units of a quota. The gateway is ahead of the database, unless the limit changed since its
 * last lease.
 */
export const usedOf = ({ settled, limit, live }: { settled: number; limit: number; live: LimitFacts['live'] }): number =>
  live === null ? settled : Math.max(settled, limit - live.quotaRemaining);

function rateOf({ row, live, now }: LimitFacts): OwnKey['rate'] {
  const limit = row.rateLimit;
  if (limit === null) return { limit: null, remaining: null, resetSeconds: null };
  if (live !== null && live.rateRemaining !== null) {
    return { limit, remaining: Math.min(limit, live.rateRemaining), resetSeconds: live.rateResetSeconds };
  }
  const windowMs = row.rateWindowSeconds * 1_000;
  return { limit, remaining: limit, resetSeconds: Math.ceil((windowMs - (now.getTime() % windowMs)) / 1_000) };
}

/** Based on access, not on the key’s status: a key that the operator suspended may be paid for. */
function billingOf({ row, portalUrl }: LimitFacts): OwnKey['billing'] {
  if (row.access === null || row.access === 'revoked') return null;
  return {
    status: row.access,
    plan: row.planId,
    currentPeriodEnd: row.currentPeriodEnd?.toISOString() ?? null,
    cancelAt: row.cancelAt?.toISOString() ?? null,
    graceUntil: row.graceUntil?.toISOString() ?? null,
    ...(portalUrl === null ? {} : { portalUrl }),
  };
}
