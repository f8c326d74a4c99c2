import type { Access } from '@api-factory/core';
import type { Flag } from '../store/flags.ts';
import type { Truth, TruthDispute, TruthSubscription } from '../stripe/truth.ts';
import type { Assessment, Granted, PreviousSubscription } from './successor.ts';
import { findSuccessors } from './successor.ts';

/** Context that Stripe does not provide: what was derived before, and the plans. */
export interface Previous {
  subscriptions: ReadonlyMap<string, PreviousSubscription>;
  /** Every stored dispute of the customer, closed ones included: whether it holds. */
  holds: ReadonlyMap<string, boolean>;
  /** Disputes whose hold the operator has lifted. */
  released: ReadonlySet<string>;
  /** The plan that a price, also an archived one, was created for; null when there is none. */
  planOf: (priceId: string) => string | null;
  /** Slugs of the apis that the plan includes; null means every api. */
  apisOf: (planId: string) => string[] | null;
}

export interface Policy {
  /** Whole days from a failed payment to suspension; 0 suspends immediately. */
  graceDays: number;
}

export interface DerivedSubscription {
  id: string;
  /** After holds. */
  access: Access;
  /** When the grace period ends or ended; null unless a payment failed with no payment since. */
  graceUntil: Date | null;
  priceId: string | null;
  /**
   * The plan of the price; null: the entitlement keeps its limits, and a new subscription gets
   * none.
   */
  planId: string | null;
  /** The successor that its keys move to, when it has ended; null when there is none. */
  backedBy: string | null;
}

export interface DerivedHold {
  disputeId: string;
  status: string;
  hold: boolean;
}

export interface Derived {
  /** One for each subscription of the truth, in its order. */
  subscriptions: DerivedSubscription[];
  /** One for each dispute of the truth, in its order. */
  holds: DerivedHold[];
  /** When time alone changes the result; always after `now`. */
  nextChangeAt: Date | null;
  flags: Flag[];
}

interface Derivation {
  truth: Truth;
  previous: Previous;
  policy: Policy;
  now: Date;
  flags: Flag[];
}

const DAY_MS = 86_400_000;
const NOTHING: PreviousSubscription = { access: 'none', planId: null, graceUntil: null, ended: false, backedBy: null };

/**
 * Derives what a customer may use from Stripe's current state. Pure: the order and number of events
 * do not matter. `previous` decides only where Stripe's state does not: an unknown status or price,
 * a failed payment without an open invoice, and keys that were revoked for good (see
 * `findSuccessors`). `now` is the time of the customer's test clock, if any.
 * Statuses: docs.stripe.com/billing/subscriptions/overview#subscription-statuses
 */
export function deriveAccess(truth: Truth, previous: Previous, policy: Policy, now: Date): Derived {
  const derivation: Derivation = { truth, previous, policy, now, flags: [] };
  const assessments = truth.subscriptions.map((subscription) => assess(derivation, subscription));
  const holds = truth.disputes.map((dispute) => holdOf(derivation, dispute));
  const held = holds.some(({ hold }) => hold) || holdsElsewhere(derivation);
  const backedBy = truth.deleted ? new Map<string, string>() : findSuccessors(assessments, previous.apisOf, now);
  const subscriptions = assessments.map(({ subscription: { id }, access, graceUntil, priceId, mappedPlanId }) => ({
    id,
    access: held && (access === 'active' || access === 'grace') ? ('suspended' as const) : access,
    graceUntil,
    priceId,
    planId: mappedPlanId,
    backedBy: backedBy.get(id) ?? null,
  }));
  return { subscriptions, holds, nextChangeAt: nextChange(subscriptions), flags: derivation.flags };
}

function assess(derivation: Derivation, subscription: TruthSubscription): Assessment {
  const before = derivation.previous.subscriptions.get(subscription.id) ?? NOTHING;
  const { priceId, planId: mappedPlanId } = priceOf(derivation, subscription, before.planId);
  const granted = accessOf(derivation, subscription, before);
  const { access } = granted;
  const ended = access === 'revoked' || access === 'none';
  if (mappedPlanId === null && !ended) {
    const what = priceId === null ? 'has no price' : `has the price ${priceId}, which is not linked to a plan`;
    derivation.flags.push({ kind: 'unmapped_price', objectId: subscription.id, detail: `The subscription ${what}.` });
  }
  // Without a plan there are no limits: access would be unlimited.
  const unlimited = mappedPlanId === null && before.access === 'none';
  return { subscription, ...(unlimited ? known('none') : granted), priceId, mappedPlanId, planId: mappedPlanId ?? before.planId, before };
}

/**
 * The status table of docs/billing.md. A deleted customer has no access, regardless of status.
 */
function accessOf(derivation: Derivation, subscription: TruthSubscription, before: PreviousSubscription): Granted {
  const { id, status } = subscription;
  if (status === 'incomplete' || status === 'incomplete_expired') return known('none');
  if (derivation.truth.deleted || status === 'canceled') return known('revoked');
  if (status === 'trialing' || status === 'active') return known('active');
  if (status === 'unpaid' || status === 'paused') return known('suspended');
  if (status === 'past_due') return graceAt(derivation, graceEnd(derivation, subscription, before));
  derivation.flags.push({
    kind: 'unknown_status',
    objectId: id,
    detail: `The subscription has the unknown status ${status}.`,
  });
  // A grace period that started before the unknown status still ends on time.
  const previous = before.access === 'grace' && before.graceUntil !== null ? graceAt(derivation, before.graceUntil) : before;
  return { access: previous.access, graceUntil: previous.graceUntil, statusIsKnown: false };
}

const known = (access: Access): Granted => ({ access, graceUntil: null, statusIsKnown: true });

/**
 * Half open: at `graceUntil` the grace period has ended. null: it had ended when first seen.
 */
function graceAt({ now }: Derivation, graceUntil: Date | null): Granted {
  return { access: graceUntil !== null && now < graceUntil ? 'grace' : 'suspended', graceUntil, statusIsKnown: true };
}

/**
 * Counted from the oldest unpaid invoice: neither a second invoice nor a duplicate event extends
 * it, and a failure after a payment starts a new one. Without such an invoice: the stored end, else
 * from now, unless access was suspended already.
 */
function graceEnd({ policy, now }: Derivation, { unpaidSince }: TruthSubscription, before: PreviousSubscription): Date | null {
  const graceMs = policy.graceDays * DAY_MS;
  if (unpaidSince !== null) return new Date(unpaidSince.getTime() + graceMs);
  if (before.graceUntil !== null) return before.graceUntil;
  return before.access === 'suspended' ? null : new Date(now.getTime() + graceMs);
}

/** Of several items: the one with the previous plan, else the first with a plan, else the first. */
function priceOf({ previous, flags }: Derivation, { id, items }: TruthSubscription, planBefore: string | null) {
  const priced = items.map(({ priceId }) => ({ priceId, planId: previous.planOf(priceId) }));
  const mapped = priced.filter(({ planId }) => planId !== null);
  const plans = new Set(mapped.map(({ planId }) => planId));
  if (plans.size > 1) {
    flags.push({
      kind: 'several_plans',
      objectId: id,
      detail: `The subscription has items of ${plans.size} plans; only one of them applies.`,
    });
  }
  return mapped.find(({ planId }) => planId === planBefore) ?? mapped[0] ?? priced[0] ?? { priceId: null, planId: null };
}

/**
 * An inquiry (`warning_…`) withdraws no funds yet. A lost dispute holds until the operator releases
 * it; a release is final.
 */
function holdOf({ previous, flags }: Derivation, { id, status }: TruthDispute): DerivedHold {
  const is = (hold: boolean): DerivedHold => ({ disputeId: id, status, hold: hold && !previous.released.has(id) });
  if (status === 'needs_response' || status === 'under_review' || status === 'lost') return is(true);
  if (status === 'won' || status === 'prevented') return is(false);
  if (status.startsWith('warning_')) {
    flags.push({ kind: 'dispute_warning', objectId: id, detail: `The dispute has the status ${status}.` });
    return is(false);
  }
  flags.push({ kind: 'unknown_dispute_status', objectId: id, detail: `The dispute has the unknown status ${status}.` });
  return is(previous.holds.get(id) ?? false);
}

/** A stored dispute that was not fetched keeps its hold. */
function holdsElsewhere({ truth, previous }: Derivation): boolean {
  const seen = new Set(truth.disputes.map(({ id }) => id));
  return [...previous.holds].some(([id, hold]) => hold && !seen.has(id) && !previous.released.has(id));
}

function nextChange(subscriptions: DerivedSubscription[]): Date | null {
  const ends = subscriptions.flatMap(({ access, graceUntil }) => (access === 'grace' && graceUntil !== null ? [graceUntil.getTime()] : []));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}
