import { isDeepStrictEqual } from 'node:util';
import type { Access, BillingMode } from '@api-factory/core';
import type { Mirror, Mirrored, SubscriptionRow } from '../store/subscriptions.ts';
import type { Truth, TruthSubscription } from '../stripe/truth.ts';
import type { Derived, DerivedHold, DerivedSubscription } from './rules.ts';

/** Stripe's state and the stored state. */
export interface SyncInput {
  mode: BillingMode;
  truth: Truth;
  derived: Derived;
  mirror: Mirror;
  consumerId: string | null;
  /** When it was fetched, by the server's clock. */
  at: Date;
}

/** The changes to one subscription. `row.entitlement_id` is null until the entitlement exists. */
export interface Step {
  row: SubscriptionRow;
  entitlement: Mirrored['entitlement'];
  /** The plan to grant; null when the entitlement exists or none is granted. */
  grant: string | null;
  access: Access | null;
  anchor: Date | null;
  /** The plan that the entitlement moves to. */
  plan: string | null;
  /**
   * The subscription whose entitlement takes over the keys; itself when its successor no longer
   * backs them. null: the keys stay where they are.
   */
  moveKeysTo: string | null;
}

/** One field whose stored value differs from Stripe. */
export interface Difference {
  object: string;
  field: string;
  stored: unknown;
  found: unknown;
}

export interface SyncPlan {
  /** false: the customer is unrelated to this installation; only its own row is stored. */
  tracked: boolean;
  steps: Step[];
  holds: (DerivedHold & { createdAt: Date })[];
  /** Whether the guard's snapshot changes. */
  changesSnapshot: boolean;
  differences: Difference[];
}

/** Plans the changes that bring the stored state in line with Stripe. Pure and idempotent. */
export function planSync(input: SyncInput): SyncPlan {
  const { truth, derived, mirror, consumerId } = input;
  // Includes prices whose plan was deleted: someone pays for them, and a flag reports it.
  const tracked = consumerId !== null || mirror.subscriptions.length > 0 || mirror.bought || isBoughtHere(input);
  if (!tracked) return { tracked, steps: [], holds: [], changesSnapshot: false, differences: [] };
  const steps = truth.subscriptions.map((subscription, index) =>
    stepOf(input, subscription, derived.subscriptions[index] as DerivedSubscription),
  );
  const holds = derived.holds.map((hold, index) => ({ ...hold, createdAt: truth.disputes[index]?.createdAt ?? input.at }));
  return { tracked, steps, holds, changesSnapshot: steps.some(changesGuard), differences: differencesOf(mirror, steps, holds) };
}

const isBoughtHere = ({ derived, mirror }: SyncInput): boolean =>
  derived.subscriptions.some(({ planId, priceId }) => planId !== null || (priceId !== null && mirror.lostPrices.has(priceId)));

function stepOf(input: SyncInput, subscription: TruthSubscription, derived: DerivedSubscription): Step {
  const before = input.mirror.subscriptions.find(({ row }) => row.id === subscription.id);
  const entitlement = before?.entitlement ?? null;
  const row = rowOf(input, subscription, derived, entitlement?.id ?? null);
  const { access, planId } = derived;
  // Access that ended before the first sync needs no entitlement: no key can have been claimed.
  const granted = access !== 'none' && access !== 'revoked';
  if (entitlement === null)
    return { row, entitlement, grant: granted ? planId : null, access: null, anchor: null, plan: null, moveKeysTo: null };
  const repriced = before?.row.price_id !== derived.priceId || before?.row.plan_id !== planId;
  return {
    row,
    entitlement,
    grant: null,
    access: entitlement.access === (access === 'none' ? 'revoked' : access) ? null : access,
    anchor: entitlement.anchor.getTime() === subscription.anchor.getTime() ? null : subscription.anchor,
    plan: repriced ? planId : null,
    moveKeysTo: before?.row.backed_by === derived.backedBy ? null : (derived.backedBy ?? subscription.id),
  };
}

function rowOf(
  { mode, truth, at }: SyncInput,
  subscription: TruthSubscription,
  derived: DerivedSubscription,
  entitlementId: string | null,
): SubscriptionRow {
  const item = subscription.items.find(({ priceId }) => priceId === derived.priceId);
  return {
    mode,
    id: subscription.id,
    customer_id: truth.customerId,
    entitlement_id: entitlementId,
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

const changesGuard = ({ grant, access, anchor, plan, moveKeysTo }: Step): boolean =>
  grant !== null || access !== null || anchor !== null || plan !== null || moveKeysTo !== null;

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
  for (const { row, entitlement, grant, access, anchor } of steps) {
    const before = mirror.subscriptions.find((one) => one.row.id === row.id)?.row;
    for (const field of COMPARED) compare(row.id, field, [before?.[field] ?? null, row[field]]);
    if (entitlement !== null && access !== null) compare(entitlement.id, 'access', [entitlement.access, access]);
    if (entitlement !== null && anchor !== null) compare(entitlement.id, 'anchor', [entitlement.anchor, anchor]);
    if (grant !== null) compare(row.id, 'entitlement', [null, grant]);
  }
  for (const { disputeId, status, hold } of holds) {
    const before = mirror.disputes.find(({ id }) => id === disputeId);
    compare(disputeId, 'status', [before?.status ?? null, status]);
    compare(disputeId, 'hold', [before?.hold ?? false, hold]);
  }
  return differences;
}
