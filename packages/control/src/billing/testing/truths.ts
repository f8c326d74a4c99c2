import { type Derived, deriveAccess, type Policy, type Previous } from '../engine/rules.ts';
import { isEnded } from '../engine/successor.ts';
import type { Truth, TruthSubscription } from '../stripe/truth.ts';

export const NOW = new Date('2026-03-01T00:00:00Z');
export const DAY = 86_400_000;
export const after = (ms: number): Date => new Date(NOW.getTime() + ms);
export const before = (ms: number): Date => new Date(NOW.getTime() - ms);

/** An active subscription to the plan pro, created a month ago. */
export const aSubscription = (parts: Partial<TruthSubscription> = {}): TruthSubscription => ({
  id: 'sub_1',
  status: 'active',
  createdAt: before(30 * DAY),
  anchor: before(30 * DAY),
  cancelAt: null,
  endedAt: null,
  items: [{ priceId: 'price_pro', currentPeriodStart: before(DAY), currentPeriodEnd: after(29 * DAY) }],
  unpaidSince: null,
  ...parts,
});

/** The one item of a subscription to the plan. */
export const itemsOf = (plan: string): TruthSubscription['items'] => [
  { priceId: `price_${plan}`, currentPeriodStart: before(DAY), currentPeriodEnd: after(29 * DAY) },
];

/** A customer with one active subscription. */
export const aTruth = (parts: Partial<Truth> = {}): Truth => ({
  customerId: 'cus_1',
  deleted: false,
  name: null,
  email: null,
  testClock: null,
  subscriptions: [aSubscription()],
  disputes: [],
  ...parts,
});

/** Plans and their apis. `price_<plan>` is the price of each. */
const PLANS: Record<string, string[] | null> = { starter: ['hello'], pro: ['hello', 'actions'], enterprise: null, other: ['actions'] };

/** By default, nothing is stored. */
export const aPrevious = (parts: Partial<Previous> = {}): Previous => ({
  subscriptions: new Map(),
  holds: new Map(),
  released: new Set(),
  planOf: (priceId) => (priceId in PLAN_OF ? (PLAN_OF[priceId] as string) : null),
  apisOf: (planId) => PLANS[planId] ?? null,
  ...parts,
});

const PLAN_OF: Record<string, string> = {
  price_starter: 'starter',
  price_pro: 'pro',
  price_enterprise: 'enterprise',
  price_actions: 'other',
};

export const derive = (truth: Truth, previous: Previous = aPrevious(), policy: Policy = { graceDays: 7 }, now: Date = NOW): Derived =>
  deriveAccess(truth, previous, policy, now);

/** The state that a sync stores. */
export const storedAfter = (derived: Derived, previous: Previous, truth: Truth): Previous => ({
  ...previous,
  subscriptions: new Map(
    derived.subscriptions.map(({ id, access, planId, graceUntil, backedBy }, index) => {
      const before = previous.subscriptions.get(id)?.planId ?? null;
      const ended = isEnded(truth.subscriptions[index]?.status ?? '');
      return [id, { access, graceUntil, planId: access === 'none' ? before : (planId ?? before), ended, backedBy }];
    }),
  ),
  holds: new Map([...previous.holds, ...derived.holds.map(({ disputeId, hold }) => [disputeId, hold] as const)]),
});
