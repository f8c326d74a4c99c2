import type { Access, BillingMode } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import { type Cursor, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';
import { microsOf, olderThan } from '../../store/list-query.ts';
import type { Tables } from '../../store/tables.ts';
import type { SubscriptionsTable } from '../../store/tables-billing.ts';
import type { MirroredDispute } from './disputes.ts';
import { versionsAtPrice } from './prices.ts';

export type SubscriptionRow = SubscriptionsTable;

/** A stored subscription and its entitlement, as the guard sees it. */
export interface Mirrored {
  row: SubscriptionRow;
  entitlement: { id: string; consumerId: string | null; planId: string; planVersion: number; access: string | null; anchor: Date } | null;
}

export interface Mirror {
  subscriptions: Mirrored[];
  /** `released`: whether the operator released the hold. */
  disputes: (MirroredDispute & { released: boolean })[];
  /** Whether the customer paid a checkout that was started here. */
  bought: boolean;
  /** Prices created here that no plan version has any more. */
  lostPrices: ReadonlySet<string>;
}

/** The stored state of a customer. Only the holder of its lease changes it. */
export async function readMirror(db: Database, mode: BillingMode, customerId: string): Promise<Mirror> {
  const [rows, disputes, bought, lostPrices] = await Promise.all([
    db
      .selectFrom('subscriptions as s')
      .leftJoin('entitlements as e', 'e.id', 's.entitlement_id')
      .selectAll('s')
      .select([
        'e.id as entitlementId',
        'e.consumer_id as consumerId',
        'e.plan_id as entitlementPlan',
        'e.plan_version as entitlementVersion',
      ])
      .select(['e.access as entitlementAccess', 'e.anchor as entitlementAnchor'])
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
  entitlementId: string | null;
  consumerId: string | null;
  entitlementPlan: string | null;
  entitlementVersion: number | null;
  entitlementAccess: string | null;
  entitlementAnchor: Date | null;
};

function toMirrored({
  entitlementId,
  consumerId,
  entitlementPlan,
  entitlementVersion,
  entitlementAccess,
  entitlementAnchor,
  ...row
}: Joined): Mirrored {
  if (entitlementId === null || entitlementPlan === null || entitlementVersion === null || entitlementAnchor === null)
    return { row, entitlement: null };
  return {
    row,
    entitlement: {
      id: entitlementId,
      consumerId,
      planId: entitlementPlan,
      planVersion: entitlementVersion,
      access: entitlementAccess,
      anchor: entitlementAnchor,
    },
  };
}

/** Inserts or updates a subscription; `created_at` stays. */
export async function upsertSubscription(tx: Transaction<Tables>, row: SubscriptionRow): Promise<void> {
  const { mode: _mode, id: _id, created_at: _createdAt, ...fields } = row;
  await tx
    .insertInto('subscriptions')
    .values(row)
    .onConflict((conflict) => conflict.columns(['mode', 'id']).doUpdateSet(fields))
    .execute();
}

/** Number of subscriptions by access; zero counts are omitted. */
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

/** Newest first, by creation time in Stripe. */
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
