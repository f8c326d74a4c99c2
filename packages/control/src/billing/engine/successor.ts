import type { Access } from '@api-factory/core';
import type { TruthSubscription } from '../stripe/truth.ts';

/** What is on record of a subscription from the look before. */
export interface PreviousSubscription {
  /** After holds, as `DerivedSubscription.access` said. */
  access: Access;
  /** The plan of its entitlement, whose caps an unmapped price keeps; null when it has no entitlement. */
  planId: string | null;
  graceUntil: Date | null;
  /** Whether it had ended by then, and what its keys went on with. */
  ended: boolean;
  backedBy: string | null;
}

export interface Granted {
  access: Access;
  graceUntil: Date | null;
  /** false: Stripe's word is not known here, and the access is that of the look before. */
  statusIsKnown: boolean;
}

/** Access of one subscription before holds and hand-overs. */
export interface Judged extends Granted {
  subscription: TruthSubscription;
  priceId: string | null;
  mappedPlanId: string | null;
  /** The plan that its keys have: the mapped one, else the one before. */
  planId: string | null;
  before: PreviousSubscription;
}

const RANK: Record<Access, number> = { active: 4, grace: 3, suspended: 2, revoked: 1, none: 0 };

/**
 * Which subscription each ended one hands its keys to: ended → successor. A successor was granted, existed when the other ended, and its plan
 * includes every api of the other's. Among several: the best access, then the newest. A successor that has ended hands them on, so the
 * last of the chain counts. A subscription that was bought after the end revives nothing. Holds are left out: they bind all alike.
 * Keys that were found dead stay dead once a day has passed: another subscription may come to include the apis much later.
 */
export function backers(judged: readonly Judged[], apisOf: (planId: string) => string[] | null, now: Date): Map<string, string> {
  const byId = new Map(judged.map((one) => [one.subscription.id, one]));
  // The last of every chain, found from the latest end backwards: what comes after an end is known by then.
  const lasts = new Map<Judged, Judged>();
  const lastOf = (one: Judged): Judged => lasts.get(one) ?? one;
  const found = new Map<string, string>();
  for (const one of judged.filter(hasEnded).sort(latestEndFirst)) {
    const dead = deadWith(one, byId, now);
    if (dead !== null) {
      if (dead !== one) found.set(one.subscription.id, dead.subscription.id);
      lasts.set(one, dead);
      continue;
    }
    const candidates = judged.filter((other) => canBack(one, other, apisOf)).map(lastOf);
    const last = candidates.sort(bestFirst)[0];
    if (last === undefined) continue;
    lasts.set(one, last);
    found.set(one.subscription.id, last.subscription.id);
  }
  return found;
}

/** Stripe's own delays are over by then: an incomplete subscription lives 23 hours. */
const DECIDED_AFTER_MS = 86_400_000;

/**
 * The one whose end the keys of `ended` died with, itself or the one that they went on with; null while the truth decides. Both ends are on
 * record, and the last one is more than a day ago.
 */
function deadWith(ended: Judged, byId: Map<string, Judged>, now: Date): Judged | null {
  const { before } = ended;
  const last = before.backedBy === null ? ended : byId.get(before.backedBy);
  if (!before.ended || last === undefined || !hasEnded(last) || !last.before.ended || last.before.backedBy !== null) return null;
  return now.getTime() - endOf(last) > DECIDED_AFTER_MS ? last : null;
}

const endOf = ({ subscription: { endedAt } }: Judged): number => endedAt?.getTime() ?? 0;
const latestEndFirst = (a: Judged, b: Judged): number => endOf(b) - endOf(a);

const hasEnded = ({ subscription: { status } }: Judged): boolean => isEnded(status);

/** Whether a status of Stripe's is a last one. */
export const isEnded = (status: string): boolean => status === 'canceled' || status === 'incomplete_expired';

function canBack(ended: Judged, other: Judged, apisOf: (planId: string) => string[] | null): boolean {
  const end = ended.subscription.endedAt;
  if (end === null || ended.planId === null || other.planId === null || other.access === 'none') return false;
  const { createdAt, endedAt } = other.subscription;
  if (other === ended || createdAt > end) return false;
  const lived = hasEnded(other) ? endedAt !== null && endedAt > end : true;
  return lived && includes(apisOf(other.planId), apisOf(ended.planId));
}

const includes = (all: string[] | null, some: string[] | null): boolean => all === null || some?.every((api) => all.includes(api)) === true;

/** Ids decide between equals, so that the order in which Stripe lists them does not. */
function bestFirst(a: Judged, b: Judged): number {
  const newer = b.subscription.createdAt.getTime() - a.subscription.createdAt.getTime();
  return rankOf(b) - rankOf(a) || newer || (a.subscription.id < b.subscription.id ? -1 : 1);
}

/** What an unknown status keeps may have come from a hold, and is a guess: it ranks below what Stripe says. */
const rankOf = ({ access, statusIsKnown }: Judged): number => (statusIsKnown ? RANK[access] : Math.min(RANK[access], RANK.suspended));
