import type { Access, BillingMode } from '@api-factory/core';
import { type SqlBool, sql } from 'kysely';
import { microsOf, olderThan } from '../../http/newest.ts';
import { type Cursor, type Page, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';

export interface EventRow {
  id: string;
  type: string;
  state: 'pending' | 'done' | 'ignored' | 'dead';
  source: 'webhook' | 'reconcile';
  objectType: string;
  objectId: string;
  customerId: string | null;
  apiVersion: string | null;
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  receivedAt: Date;
  doneAt: Date | null;
}

/** Newest first, by the time that they came. */
export async function listInbox(
  db: Database,
  { mode, state }: { mode: BillingMode; state: EventRow['state'] | undefined },
  { limit, after }: PageRequest,
): Promise<Page<EventRow>> {
  const rows = await selectEvents(db, mode)
    .$if(state !== undefined, (query) => query.where('e.state', '=', state as EventRow['state']))
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 'e.received_at', 'e.id')))
    .orderBy('e.received_at', 'desc')
    .orderBy('e.id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}

export const findEvent = async (db: Database, mode: BillingMode, id: string): Promise<EventRow | null> =>
  (await selectEvents(db, mode).where('e.id', '=', id).executeTakeFirst()) ?? null;

const selectEvents = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('stripe_events as e')
    .select(['e.id', 'e.type', 'e.state', 'e.source', 'e.object_type as objectType', 'e.object_id as objectId'])
    .select(['e.customer_id as customerId', 'e.api_version as apiVersion', 'e.attempts', 'e.last_error as lastError'])
    .select(['e.created_at as createdAt', 'e.received_at as receivedAt', 'e.done_at as doneAt'])
    .select(microsOf('e.received_at').as('position'))
    .where('e.mode', '=', mode);

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

/** Newest first. */
export async function listDrift(db: Database, mode: BillingMode, { limit, after }: PageRequest) {
  const rows = await db
    .selectFrom('billing_drift')
    .select(['id', 'at', 'customer_id as customerId', 'consumer_id as consumerId', 'differences'])
    .where('mode', '=', mode)
    .$if(after !== null, (query) => query.where('id', '<', (after as Cursor).position))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ id }) => ({ position: id, id: String(id) }));
}

/** Newest first. Two kinds on one object may have the same time, so that the cursor's id is both. */
export async function listFlags(db: Database, mode: BillingMode, { limit, after }: PageRequest) {
  const name = sql<string>`(kind || ' ' || object_id)`;
  const older = ({ position, id }: Cursor) =>
    sql<SqlBool>`(at, ${name}) < (timestamptz 'epoch' + ${position}::bigint * interval '1 microsecond', ${id})`;
  const rows = await db
    .selectFrom('billing_flags')
    .select(['kind', 'object_id as objectId', 'customer_id as customerId', 'detail', 'at'])
    .select([name.as('name'), microsOf('at').as('position')])
    .where('mode', '=', mode)
    .$if(after !== null, (query) => query.where(older(after as Cursor)))
    .orderBy('at', 'desc')
    .orderBy(name, 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, name: id }) => ({ position, id }));
}

/** All that an operator's first look at billing is made of. */
export async function readHealth(db: Database, mode: BillingMode) {
  const state = await db
    .selectFrom('billing_state')
    .select(['last_event_at as lastEventAt', 'last_webhook_at as lastReceivedAt', 'last_refused_at as lastRefusedAt'])
    .select(['last_refusal as lastRefusal', 'last_api_version as apiVersion', 'last_swept_at as lastSweptAt'])
    .select('drift_total as driftTotal')
    .where('mode', '=', mode)
    .executeTakeFirst();
  const drift = await db
    .selectFrom('billing_drift')
    .select('at')
    .where('mode', '=', mode)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { state: state ?? null, lastDriftAt: drift?.at ?? null };
}
