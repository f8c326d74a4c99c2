import type { Access } from '@api-factory/core';
import type { Flag } from '../store/flags.ts';
import type { Truth, TruthDispute, TruthSubscription } from '../stripe/truth.ts';
import type { Granted, Judged, PreviousSubscription } from './successor.ts';
import { backers } from './successor.ts';

/** What the truth does not say: what was derived before, and what our plans are. */
export interface Previous {
  subscriptions: ReadonlyMap<string, PreviousSubscription>;
  /** Every dispute of the customer that is on record, also the closed ones: whether it holds. */
  holds: ReadonlyMap<string, boolean>;
  /** Disputes whose hold the operator has lifted. */
  released: ReadonlySet<string>;
  /** The plan that the price was made for, archived prices too; null when it was made for none. */
  planOf: (priceId: string) => string | null;
  /** Slugs of the apis that the plan includes; null means every api. */
  apisOf: (planId: string) => string[] | null;
}

export interface Policy {
  /** Whole days from a failed payment to the suspension; 0 suspends at once. */
  graceDays: number;
}

export interface DerivedSubscription {
  id: string;
  /** After holds. */
  access: Access;
  /** When the grace ends or ended; null unless a payment failed and nothing was paid since. */
  graceUntil: Date | null;
  priceId: string | null;
  /** The plan that the price was made for; null: the old caps stay, and nothing new is issued. */
  planId: string | null;
  /** The subscription that its keys go on with, because it has ended; null when there is none. */
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
  /** When the same truth grants something else; always after `now`. */
  nextChangeAt: Date | null;
  flags: Flag[];
}

interface Look {
  truth: Truth;
  previous: Previous;
  policy: Policy;
  now: Date;
  flags: Flag[];
}

const DAY_MS = 86_400_000;
const NOTHING: PreviousSubscription = { access: 'none', planId: null, graceUntil: null, ended: false, backedBy: null };

/**
 * What a customer may use, by what Stripe says now. Pure: the order of events, and how often they came, do not matter. `previous`
 * decides only where the truth is silent: a status or a price that nobody knows here, a failed payment without an open invoice, and keys
 * that ended for good (see `backers`).
 * Status words: docs.stripe.com/billing/subscriptions/overview#subscription-statuses. `now` is the time that the customer lives by.
 */
export function deriveAccess(truth: Truth, previous: Previous, policy: Policy, now: Date): Derived {
  const look: Look = { truth, previous, policy, now, flags: [] };
  const judged = truth.subscriptions.map((subscription) => judge(look, subscription));
  const holds = truth.disputes.map((dispute) => holdOf(look, dispute));
  const held = holds.some(({ hold }) => hold) || holdsElsewhere(look);
  const backedBy = truth.deleted ? new Map<string, string>() : backers(judged, previous.apisOf, now);
  const subscriptions = judged.map(({ subscription: { id }, access, graceUntil, priceId, mappedPlanId }) => ({
    id,
    access: held && (access === 'active' || access === 'grace') ? ('suspended' as const) : access,
    graceUntil,
    priceId,
    planId: mappedPlanId,
    backedBy: backedBy.get(id) ?? null,
  }));
  return { subscriptions, holds, nextChangeAt: nextChange(subscriptions), flags: look.flags };
}

function judge(look: Look, subscription: TruthSubscription): Judged {
  const before = look.previous.subscriptions.get(subscription.id) ?? NOTHING;
  const { priceId, planId: mappedPlanId } = priceOf(look, subscription, before.planId);
  const granted = accessOf(look, subscription, before);
  const { access } = granted;
  const ended = access === 'revoked' || access === 'none';
  if (mappedPlanId === null && !ended) {
    const what = priceId === null ? 'has no price' : `has the price ${priceId}, which belongs to no plan`;
    look.flags.push({ kind: 'unmapped_price', objectId: subscription.id, detail: `The subscription ${what}.` });
  }
  // Without a plan there are no caps, and access without caps would be unlimited.
  const capless = mappedPlanId === null && before.access === 'none';
  return { subscription, ...(capless ? known('none') : granted), priceId, mappedPlanId, planId: mappedPlanId ?? before.planId, before };
}

/** The status table of docs/billing.md. A deleted customer has nothing, whatever its subscriptions said last. */
function accessOf(look: Look, subscription: TruthSubscription, before: PreviousSubscription): Granted {
  const { id, status } = subscription;
  if (status === 'incomplete' || status === 'incomplete_expired') return known('none');
  if (look.truth.deleted || status === 'canceled') return known('revoked');
  if (status === 'trialing' || status === 'active') return known('active');
  if (status === 'unpaid' || status === 'paused') return known('suspended');
  if (status === 'past_due') return graceAt(look, graceEnd(look, subscription, before));
  look.flags.push({ kind: 'unknown_status', objectId: id, detail: `The subscription has the status ${status}, which is not known here.` });
  // A grace that began before the unknown word ends on its day.
  const kept = before.access === 'grace' && before.graceUntil !== null ? graceAt(look, before.graceUntil) : before;
  return { access: kept.access, graceUntil: kept.graceUntil, statusIsKnown: false };
}

const known = (access: Access): Granted => ({ access, graceUntil: null, statusIsKnown: true });

/** Half open: at `graceUntil` the grace is over. null: it was over before anyone could say when. */
function graceAt({ now }: Look, graceUntil: Date | null): Granted {
  return { access: graceUntil !== null && now < graceUntil ? 'grace' : 'suspended', graceUntil, statusIsKnown: true };
}

/**
 * Counted from the oldest unpaid invoice, so that neither a second one nor a duplicate extends it, and a failure after a payment begins
 * a new one. When Stripe names no such invoice: the end on record; else from now, unless it was suspended already.
 */
function graceEnd({ policy, now }: Look, { unpaidSince }: TruthSubscription, before: PreviousSubscription): Date | null {
  const graceMs = policy.graceDays * DAY_MS;
  if (unpaidSince !== null) return new Date(unpaidSince.getTime() + graceMs);
  if (before.graceUntil !== null) return before.graceUntil;
  return before.access === 'suspended' ? null : new Date(now.getTime() + graceMs);
}

/** Of several items the one with the plan as before, else the first with any plan, else the first. */
function priceOf({ previous, flags }: Look, { id, items }: TruthSubscription, planBefore: string | null) {
  const priced = items.map(({ priceId }) => ({ priceId, planId: previous.planOf(priceId) }));
  const mapped = priced.filter(({ planId }) => planId !== null);
  const plans = new Set(mapped.map(({ planId }) => planId));
  if (plans.size > 1) {
    flags.push({ kind: 'several_plans', objectId: id, detail: `The subscription has items of ${plans.size} plans; one of them counts.` });
  }
  return mapped.find(({ planId }) => planId === planBefore) ?? mapped[0] ?? priced[0] ?? { priceId: null, planId: null };
}

/** An inquiry (`warning_…`) takes no money yet. A lost dispute holds until the operator lifts that; what the operator lifted stays so. */
function holdOf({ previous, flags }: Look, { id, status }: TruthDispute): DerivedHold {
  const is = (hold: boolean): DerivedHold => ({ disputeId: id, status, hold: hold && !previous.released.has(id) });
  if (status === 'needs_response' || status === 'under_review' || status === 'lost') return is(true);
  if (status === 'won' || status === 'prevented') return is(false);
  if (status.startsWith('warning_')) {
    flags.push({ kind: 'dispute_warning', objectId: id, detail: `The dispute has the status ${status}.` });
    return is(false);
  }
  flags.push({ kind: 'unknown_dispute_status', objectId: id, detail: `The dispute has the status ${status}, which is not known here.` });
  return is(previous.holds.get(id) ?? false);
}

/** A dispute on record that the truth does not name was not looked at: its hold stays. */
function holdsElsewhere({ truth, previous }: Look): boolean {
  const seen = new Set(truth.disputes.map(({ id }) => id));
  return [...previous.holds].some(([id, hold]) => hold && !seen.has(id) && !previous.released.has(id));
}

function nextChange(subscriptions: DerivedSubscription[]): Date | null {
  const ends = subscriptions.flatMap(({ access, graceUntil }) => (access === 'grace' && graceUntil !== null ? [graceUntil.getTime()] : []));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}
