import type { Access, BillingMode } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import { microsOf, olderThan } from '../../http/newest.ts';
import { type Cursor, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { SubscriptionsTable } from '../../store/tables-billing.ts';
import type { MirroredDispute } from './disputes.ts';
import { versionsAtPrice } from './prices.ts';

export type SubscriptionRow = SubscriptionsTable;

/** A mirrored subscription with the slot that it gave, as the guard sees that. */
export interface Mirrored {
  row: SubscriptionRow;
  slot: { id: string; consumerId: string | null; planId: string; planVersion: number; access: string | null; anchor: Date } | null;
}

export interface Mirror {
  subscriptions: Mirrored[];
  /** With whether the operator lifted the hold. */
  disputes: (MirroredDispute & { released: boolean })[];
  /** Whether the customer paid a checkout that was begun here. */
  bought: boolean;
  /** Prices that were made here and that no version of a plan has any more. */
  lostPrices: ReadonlySet<string>;
}

/** What was stored of a customer. Only who holds the customer changes it. */
export async function readMirror(db: Database, mode: BillingMode, customerId: string): Promise<Mirror> {
  const [rows, disputes, bought, lostPrices] = await Promise.all([
    db
      .selectFrom('subscriptions as s')
      .leftJoin('entitlements as e', 'e.id', 's.entitlement_id')
      .selectAll('s')
      .select(['e.id as slotId', 'e.consumer_id as consumerId', 'e.plan_id as slotPlan', 'e.plan_version as slotVersion'])
      .select(['e.access as slotAccess', 'e.anchor as slotAnchor'])
      .where('s.mode', '=', mode)
      .where('s.customer_id', '=', customerId)
      .orderBy('s.id')
      .execute(),
    db
      .selectFrom('disputes')
      .select(['id', 'status', 'hold', sql<boolean>`released_at is not null`.as('released')])
      .where('mode', '=', mode)
      .where('customer_id', '=', customerId)
      .execute(),
    db
      .selectFrom('checkouts')
      .select('session_id')
      .where('mode', '=', mode)
      .where('customer_id', '=', customerId)
      .where('state', '=', 'complete')
      .limit(1)
      .execute(),
    db
      .selectFrom('stripe_prices as p')
      .select('p.id')
      .where('p.mode', '=', mode)
      .where(({ not, exists }) => not(exists(versionsAtPrice(db))))
      .execute(),
  ]);
  return {
    subscriptions: rows.map(toMirrored),
    disputes,
    bought: bought.length > 0,
    lostPrices: new Set(lostPrices.map(({ id }) => id)),
  };
}

type Joined = SubscriptionRow & {
  slotId: string | null;
  consumerId: string | null;
  slotPlan: string | null;
  slotVersion: number | null;
  slotAccess: string | null;
  slotAnchor: Date | null;
};

function toMirrored({ slotId, consumerId, slotPlan, slotVersion, slotAccess, slotAnchor, ...row }: Joined): Mirrored {
  if (slotId === null || slotPlan === null || slotVersion === null || slotAnchor === null) return { row, slot: null };
  return { row, slot: { id: slotId, consumerId, planId: slotPlan, planVersion: slotVersion, access: slotAccess, anchor: slotAnchor } };
}

/** Writes a subscription as it is now; `created_at` stays. */
export async function upsertSubscription(tx: Transaction<Tables>, row: SubscriptionRow): Promise<void> {
  const { mode: _mode, id: _id, created_at: _createdAt, ...fields } = row;
  await tx
    .insertInto('subscriptions')
    .values(row)
    .onConflict((conflict) => conflict.columns(['mode', 'id']).doUpdateSet(fields))
    .execute();
}

/** Subscriptions by access; those that there are none of are left out. */
export async function countByAccess(db: Database, mode: BillingMode): Promise<Partial<Record<Access, number>>> {
  const rows = await db
    .selectFrom('subscriptions')
    .select((from) => ['access', from.fn.countAll<number>().as('count')])
    .where('mode', '=', mode)
    .groupBy('access')
    .execute();
  return Object.fromEntries(rows.map(({ access, count }) => [access, count]));
}

export interface SubscriptionFilter {
  mode: BillingMode;
  consumer?: string;
  access?: Access;
}

/** Newest first, by Stripe's time of creation. */
export async function listSubscriptions(db: Database, { mode, consumer, access }: SubscriptionFilter, { limit, after }: PageRequest) {
  const rows = await db
    .selectFrom('subscriptions as s')
    .innerJoin('stripe_customers as c', (join) => join.onRef('c.mode', '=', 's.mode').onRef('c.id', '=', 's.customer_id'))
    .select(['s.id', 's.customer_id as customerId', 'c.consumer_id as consumerId', 's.entitlement_id as entitlementId'])
    .select(['s.status', 's.access', 's.plan_id as plan', 's.price_id as priceId', 's.grace_until as graceUntil'])
    .select(['s.current_period_end as currentPeriodEnd', 's.cancel_at as cancelAt', 's.ended_at as endedAt'])
    .select(['s.backed_by as backedBy', 's.created_at as createdAt', 's.synced_at as syncedAt'])
    .select(microsOf('s.created_at').as('position'))
    .where('s.mode', '=', mode)
    .$if(consumer !== undefined, (query) => query.where('c.consumer_id', '=', consumer as string))
    .$if(access !== undefined, (query) => query.where('s.access', '=', access as Access))
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 's.created_at', 's.id')))
    .orderBy('s.created_at', 'desc')
    .orderBy('s.id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}

export type SubscriptionListRow = Awaited<ReturnType<typeof listSubscriptions>>['rows'][number];
