import type { Access } from '@api-factory/core';
import type { TruthSubscription } from '../stripe/truth.ts';

/** The state of a subscription that the previous sync stored. */
export interface PreviousSubscription {
  /** After holds, like `DerivedSubscription.access`. */
  access: Access;
  /** The plan of its entitlement, kept for an unmapped price; null when it has no entitlement. */
  planId: string | null;
  graceUntil: Date | null;
  /** Whether it had ended, and the successor of its keys. */
  ended: boolean;
  backedBy: string | null;
}

export interface Granted {
  access: Access;
  graceUntil: Date | null;
  /** false: the status is unknown, and the access is that of the previous sync. */
  statusIsKnown: boolean;
}

/** Access of one subscription before holds and successors. */
export interface Assessment extends Granted {
  subscription: TruthSubscription;
  priceId: string | null;
  mappedPlanId: string | null;
  /** The plan of its keys: the mapped one, else the previous one. */
  planId: string | null;
  before: PreviousSubscription;
}

const RANK: Record<Access, number> = { active: 4, grace: 3, suspended: 2, revoked: 1, none: 0 };

/**
 * Maps each ended subscription to the one that takes over its keys. A successor was granted access,
 * existed when the other ended, and its plan includes every api of the other's plan. Among several:
 * the best access, then the newest. An ended successor passes the keys on, so the last of the chain
 * counts. A subscription bought after the end takes over none. Holds do not matter: they apply
 * to all subscriptions alike. Keys without a successor stay revoked after a day, even if another
 * plan includes their apis later.
 */
export function findSuccessors(
  assessments: readonly Assessment[],
  apisOf: (planId: string) => string[] | null,
  now: Date,
): Map<string, string> {
  const byId = new Map(assessments.map((one) => [one.subscription.id, one]));
  // The last of every chain. Sorted by end, latest first, so that later ends are already resolved.
  const lasts = new Map<Assessment, Assessment>();
  const lastOf = (one: Assessment): Assessment => lasts.get(one) ?? one;
  const found = new Map<string, string>();
  for (const one of assessments.filter(hasEnded).sort(latestEndFirst)) {
    const final = finalHolder(one, byId, now);
    if (final !== null) {
      if (final !== one) found.set(one.subscription.id, final.subscription.id);
      lasts.set(one, final);
      continue;
    }
    const candidates = assessments.filter((other) => canBack(one, other, apisOf)).map(lastOf);
    const last = candidates.sort(bestFirst)[0];
    if (last === undefined) continue;
    lasts.set(one, last);
    found.set(one.subscription.id, last.subscription.id);
  }
  return found;
}

/** Longer than Stripe's delays: an incomplete subscription expires after 23 hours. */
const DECIDED_AFTER_MS = 86_400_000;

/**
 * The subscription whose end revoked the keys of `ended` for good: itself or its successor. null
 * while this is still open: both ends must be stored and the last one more than a day ago.
 */
function finalHolder(ended: Assessment, byId: Map<string, Assessment>, now: Date): Assessment | null {
  const { before } = ended;
  const last = before.backedBy === null ? ended : byId.get(before.backedBy);
  if (!before.ended || last === undefined || !hasEnded(last) || !last.before.ended || last.before.backedBy !== null) return null;
  return now.getTime() - endOf(last) > DECIDED_AFTER_MS ? last : null;
}

const endOf = ({ subscription: { endedAt } }: Assessment): number => endedAt?.getTime() ?? 0;
const latestEndFirst = (a: Assessment, b: Assessment): number => endOf(b) - endOf(a);

const hasEnded = ({ subscription: { status } }: Assessment): boolean => isEnded(status);

/** Whether a Stripe status is final. */
export const isEnded = (status: string): boolean => status === 'canceled' || status === 'incomplete_expired';

function canBack(ended: Assessment, other: Assessment, apisOf: (planId: string) => string[] | null): boolean {
  const end = ended.subscription.endedAt;
  if (end === null || ended.planId === null || other.planId === null || other.access === 'none') return false;
  const { createdAt, endedAt } = other.subscription;
  if (other === ended || createdAt > end) return false;
  const outlived = hasEnded(other) ? endedAt !== null && endedAt > end : true;
  return outlived && includes(apisOf(other.planId), apisOf(ended.planId));
}

const includes = (all: string[] | null, some: string[] | null): boolean => all === null || some?.every((api) => all.includes(api)) === true;

/** Ids break ties, so that the order of Stripe's list does not matter. */
function bestFirst(a: Assessment, b: Assessment): number {
  const newer = b.subscription.createdAt.getTime() - a.subscription.createdAt.getTime();
  return rankOf(b) - rankOf(a) || newer || (a.subscription.id < b.subscription.id ? -1 : 1);
}

/** The access kept for an unknown status is a guess: it ranks below what Stripe states. */
const rankOf = ({ access, statusIsKnown }: Assessment): number => (statusIsKnown ? RANK[access] : Math.min(RANK[access], RANK.suspended));
