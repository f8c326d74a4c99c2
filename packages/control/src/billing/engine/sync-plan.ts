import { isDeepStrictEqual } from 'node:util';
import type { Access, BillingMode } from '@api-factory/core';
import type { Mirror, Mirrored, SubscriptionRow } from '../store/subscriptions.ts';
import type { Truth, TruthSubscription } from '../stripe/truth.ts';
import type { Derived, DerivedHold, DerivedSubscription } from './rules.ts';

/** What was found, and what is stored. */
export interface Found {
  mode: BillingMode;
  truth: Truth;
  derived: Derived;
  mirror: Mirror;
  consumerId: string | null;
  /** When it was fetched, by our own clock. */
  at: Date;
}

/** What is to be done about one subscription. Its row lacks the entitlement as long as that is not made. */
export interface Step {
  row: SubscriptionRow;
  slot: Mirrored['slot'];
  /** The plan that it gets a slot of; null when it has one, or gets none. */
  grant: string | null;
  access: Access | null;
  anchor: Date | null;
  /** The plan that its slot moves to. */
  plan: string | null;
  /** The subscription whose slot gets the keys that came from its own; itself when no other backs them any more. */
  handTo: string | null;
}

/** One field that is stored otherwise than it was found. */
export interface Difference {
  object: string;
  field: string;
  stored: unknown;
  found: unknown;
}

export interface SyncPlan {
  /** false: nothing of the customer has to do with us, so only its own row is kept. */
  ours: boolean;
  steps: Step[];
  holds: (DerivedHold & { createdAt: Date })[];
  /** Whether the guard sees any of it. */
  guarded: boolean;
  differences: Difference[];
}

/** What makes the stored state that of the truth. Pure; planning again once it was done gives nothing to do. */
export function planSync(found: Found): SyncPlan {
  const { truth, derived, mirror, consumerId } = found;
  // Also at a price whose plan is gone: someone pays for it, and the flag says so.
  const ours = consumerId !== null || mirror.subscriptions.length > 0 || mirror.bought || buysFromUs(found);
  if (!ours) return { ours, steps: [], holds: [], guarded: false, differences: [] };
  const steps = truth.subscriptions.map((subscription, index) =>
    stepOf(found, subscription, derived.subscriptions[index] as DerivedSubscription),
  );
  const holds = derived.holds.map((hold, index) => ({ ...hold, createdAt: truth.disputes[index]?.createdAt ?? found.at }));
  return { ours, steps, holds, guarded: steps.some(isGuarded), differences: differencesOf(mirror, steps, holds) };
}

const buysFromUs = ({ derived, mirror }: Found): boolean =>
  derived.subscriptions.some(({ planId, priceId }) => planId !== null || (priceId !== null && mirror.lostPrices.has(priceId)));

function stepOf(found: Found, subscription: TruthSubscription, derived: DerivedSubscription): Step {
  const before = found.mirror.subscriptions.find(({ row }) => row.id === subscription.id);
  const slot = before?.slot ?? null;
  const row = rowOf(found, subscription, derived, slot?.id ?? null);
  const { access, planId } = derived;
  // An access that ended before anybody looked needs no slot: nobody could have claimed a key.
  const granted = access !== 'none' && access !== 'revoked';
  if (slot === null) return { row, slot, grant: granted ? planId : null, access: null, anchor: null, plan: null, handTo: null };
  const repriced = before?.row.price_id !== derived.priceId || before?.row.plan_id !== planId;
  return {
    row,
    slot,
    grant: null,
    access: slot.access === (access === 'none' ? 'revoked' : access) ? null : access,
    anchor: slot.anchor.getTime() === subscription.anchor.getTime() ? null : subscription.anchor,
    plan: repriced ? planId : null,
    handTo: before?.row.backed_by === derived.backedBy ? null : (derived.backedBy ?? subscription.id),
  };
}

function rowOf(
  { mode, truth, at }: Found,
  subscription: TruthSubscription,
  derived: DerivedSubscription,
  slotId: string | null,
): SubscriptionRow {
  const item = subscription.items.find(({ priceId }) => priceId === derived.priceId);
  return {
    mode,
    id: subscription.id,
    customer_id: truth.customerId,
    entitlement_id: slotId,
    status: subscription.status,
    access: derived.access,
    grace_until: derived.graceUntil,
    price_id: derived.priceId,
    plan_id: derived.planId,
    anchor: subscription.anchor,
    current_period_start: item?.currentPeriodStart ?? null,
    current_period_end: item?.currentPeriodEnd ?? null,
    cancel_at: subscription.cancelAt,
    ended_at: subscription.endedAt,
    backed_by: derived.backedBy,
    created_at: subscription.createdAt,
    synced_at: at,
  };
}

const isGuarded = ({ grant, access, anchor, plan, handTo }: Step): boolean =>
  grant !== null || access !== null || anchor !== null || plan !== null || handTo !== null;

const COMPARED = [
  'status',
  'access',
  'grace_until',
  'price_id',
  'plan_id',
  'anchor',
  'current_period_start',
  'current_period_end',
  'cancel_at',
  'ended_at',
  'backed_by',
] as const;

function differencesOf(mirror: Mirror, steps: Step[], holds: DerivedHold[]): Difference[] {
  const differences: Difference[] = [];
  const compare = (object: string, field: string, [stored, found]: [unknown, unknown]) => {
    if (!isDeepStrictEqual(stored, found)) differences.push({ object, field, stored, found });
  };
  for (const { row, slot, grant, access, anchor } of steps) {
    const before = mirror.subscriptions.find((one) => one.row.id === row.id)?.row;
    for (const field of COMPARED) compare(row.id, field, [before?.[field] ?? null, row[field]]);
    if (slot !== null && access !== null) compare(slot.id, 'access', [slot.access, access]);
    if (slot !== null && anchor !== null) compare(slot.id, 'anchor', [slot.anchor, anchor]);
    if (grant !== null) compare(row.id, 'entitlement', [null, grant]);
  }
  for (const { disputeId, status, hold } of holds) {
    const before = mirror.disputes.find(({ id }) => id === disputeId);
    compare(disputeId, 'status', [before?.status ?? null, status]);
    compare(disputeId, 'hold', [before?.hold ?? false, hold]);
  }
  return differences;
}
