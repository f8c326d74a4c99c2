import type { Access, BillingMode } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { SubscriptionsTable } from '../../store/tables-billing.ts';

export type SubscriptionRow = SubscriptionsTable;

/** A mirrored subscription with the slot that it gave, as the guard sees that. */
export interface Mirrored {
  row: SubscriptionRow;
  slot: { id: string; consumerId: string | null; planId: string; planVersion: number; access: string | null; anchor: Date } | null;
}

export interface MirroredDispute {
  id: string;
  status: string;
  hold: boolean;
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

/** Versions that were sold at the price `p` of the query around it. */
const versionsAtPrice = (db: Database) =>
  db
    .selectFrom('plan_versions as sold')
    .select('sold.version')
    .where(
      sql<boolean>`(sold.plan_id, sold.price_amount_cents, sold.price_currency, sold.price_interval) = (p.plan_id, p.amount_cents, p.currency, p.interval)`,
    );

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

export async function upsertDispute(
  tx: Transaction<Tables>,
  row: MirroredDispute & { mode: BillingMode; customer_id: string; created_at: Date; synced_at: Date },
): Promise<void> {
  const { status, hold, synced_at } = row;
  await tx
    .insertInto('disputes')
    .values(row)
    .onConflict((conflict) => conflict.columns(['mode', 'id']).doUpdateSet({ status, hold, synced_at }))
    .execute();
}

export interface Flag {
  kind: string;
  objectId: string;
  detail: string;
}

/** Flags keep the time at which they came up; a new detail replaces the old. */
export async function raiseFlags(
  db: Database,
  { mode, customerId, at, flags }: { mode: BillingMode; customerId: string | null; at: Date; flags: Flag[] },
): Promise<void> {
  for (const { kind, objectId, detail } of flags) {
    await db
      .insertInto('billing_flags')
      .values({ mode, kind, object_id: objectId, customer_id: customerId, detail, at })
      .onConflict((conflict) =>
        conflict
          .columns(['mode', 'kind', 'object_id'])
          .doUpdateSet({ detail })
          .where(sql<boolean>`billing_flags.detail is distinct from excluded.detail`),
      )
      .execute();
  }
}

export interface MappedPrice {
  id: string;
  planId: string;
  productId: string;
  terms: { amountCents: number; currency: string; interval: 'month' | 'year' };
  /** What the plan's current version includes; null: every api. */
  apis: string[] | null;
}

/** Every price that was ever made for a plan which is still there, with a version that was sold at it. */
export async function mappedPrices(db: Database, mode: BillingMode): Promise<MappedPrice[]> {
  const rows = await db
    .selectFrom('stripe_prices as p')
    .innerJoin('plans', 'plans.id', 'p.plan_id')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'plans.id').onRef('v.version', '=', 'plans.current_version'))
    .select([
      'p.id',
      'p.plan_id as planId',
      'p.product_id as productId',
      'p.amount_cents as amountCents',
      'p.currency',
      'p.interval',
      'v.apis',
    ])
    .where('p.mode', '=', mode)
    .where(({ exists }) => exists(versionsAtPrice(db)))
    .execute();
  return rows.map(({ amountCents, currency, interval, ...rest }) => ({ ...rest, terms: { amountCents, currency, interval } }));
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
