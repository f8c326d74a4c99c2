import type { BillingMode } from '@api-factory/core';
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Notice } from '../stripe/events.ts';
import { OWN_TEST } from '../stripe/webhook.ts';
import { wantCustomer } from './customers.ts';

/** An event that failed this often is dead: shown to the operator, who can replay it. It is still tried, and so is its customer. */
export const MOST_ATTEMPTS = 10;

export type NewEvent = Omit<Notice, 'livemode' | 'account'> & { state: 'pending' | 'ignored' };

/** An event that was not settled yet. */
export interface OpenEvent {
  id: string;
  type: string;
  objectType: string;
  objectId: string;
  state: 'pending' | 'done' | 'ignored' | 'dead';
  attempts: number;
  nextAttemptAt: Date;
}

interface Arrival {
  mode: BillingMode;
  events: NewEvent[];
  source: 'webhook' | 'reconcile';
  at: Date;
}

/**
 * Stores events and wants a look at their customers, in one statement. Those that are known already change nothing.
 * @returns how many are new
 */
export async function storeEvents(db: Database, { mode, events, source, at }: Arrival): Promise<number> {
  if (events.length === 0) return 0;
  // Sorted, so that two statements insert the same events in one order.
  const rows = events.map((event) => rowOf(event, { mode, source, at })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const newest = new Date(Math.max(...events.map(({ createdAt }) => createdAt.getTime())));
  // Our own test says nothing of whether Stripe's events arrive.
  const own = events.every(({ type }) => type === OWN_TEST);
  const apiVersion = events[0]?.apiVersion;
  const byWebhook = source === 'webhook' ? { last_webhook_at: at, ...(apiVersion ? { last_api_version: apiVersion } : {}) } : {};
  const { count } = await db
    .with('event', (query) =>
      query
        .insertInto('stripe_events')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['mode', 'id']).doNothing())
        .returning(['customer_id', 'state']),
    )
    .with('wanted', (query) =>
      query
        .insertInto('stripe_customers')
        .columns(['mode', 'id', 'wanted_at', 'created_at'])
        .expression((from) =>
          from
            .selectFrom('event')
            // Sorted, so that two statements lock the same customers in one order.
            .select([
              sql.lit(mode).as('mode'),
              sql<string>`customer_id`.as('id'),
              sql<Date>`${at}::timestamptz`.as('w'),
              sql<Date>`${at}::timestamptz`.as('c'),
            ])
            .distinct()
            .where('customer_id', 'is not', null)
            .where('state', '=', 'pending')
            .orderBy('id'),
        )
        .onConflict((conflict) =>
          conflict.columns(['mode', 'id']).doUpdateSet({ wanted_at: sql`least(stripe_customers.wanted_at, excluded.wanted_at)` }),
        ),
    )
    .with('state', (query) =>
      query
        .insertInto('billing_state')
        .values({ mode, ...(own ? {} : { last_event_at: newest, ...byWebhook }) })
        .onConflict((conflict) =>
          conflict
            .column('mode')
            .doUpdateSet(
              own ? { mode } : { last_event_at: sql`greatest(billing_state.last_event_at, excluded.last_event_at)`, ...byWebhook },
            ),
        ),
    )
    .selectFrom('event')
    .select((from) => from.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

const rowOf = (event: NewEvent, { mode, source, at }: Omit<Arrival, 'events'>) => ({
  mode,
  id: event.id,
  type: event.type,
  api_version: event.apiVersion,
  object_type: event.objectType,
  object_id: event.objectId,
  customer_id: event.customerId,
  source,
  state: event.state,
  next_attempt_at: at,
  created_at: event.createdAt,
  received_at: at,
  done_at: event.state === 'ignored' ? at : null,
});

const openEvents = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('stripe_events')
    .select(['id', 'type', 'object_type as objectType', 'object_id as objectId', 'state', 'attempts', 'next_attempt_at as nextAttemptAt'])
    .where('mode', '=', mode)
    .orderBy('received_at')
    .orderBy('id');

/** What a look at the customer settles: what waits, and what was given up. */
export const openEventsOf = (db: Database, mode: BillingMode, customerId: string): Promise<OpenEvent[]> =>
  openEvents(db, mode).where('customer_id', '=', customerId).where('state', 'in', ['pending', 'dead']).execute();

/** Events that name no customer and are due; those that were given up come back, too. */
export const unresolvedEvents = (db: Database, mode: BillingMode, { now, limit }: { now: Date; limit: number }): Promise<OpenEvent[]> =>
  openEvents(db, mode)
    .where('customer_id', 'is', null)
    .where('state', 'in', ['pending', 'dead'])
    .where('next_attempt_at', '<=', now)
    .limit(limit)
    .execute();

/** Locks those of the events that are open, by id: one who was overtaken may count his failure on them while the next one settles them. */
const lockedOpen = (db: Database, mode: BillingMode, ids: string[]) =>
  db
    .selectFrom('stripe_events')
    .select('id')
    .where('mode', '=', mode)
    .where('id', 'in', ids)
    .where('state', 'in', ['pending', 'dead'])
    .orderBy('id')
    .forUpdate();

export async function settleEvents(
  db: Database,
  mode: BillingMode,
  { ids, at, state = 'done' }: { ids: string[]; at: Date; state?: 'done' | 'ignored' },
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable('stripe_events')
    .set({ state, done_at: at, last_error: null })
    .where('mode', '=', mode)
    .where('id', 'in', lockedOpen(db, mode, ids))
    .where('state', 'in', ['pending', 'dead'])
    .execute();
}

/** Wants a look at the customer of an event that named none, and names it. */
export const resolveEvent = (
  db: Database,
  mode: BillingMode,
  { id, customerId, at }: { id: string; customerId: string; at: Date },
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await wantCustomer(tx, mode, { id: customerId, at });
    await tx.updateTable('stripe_events').set({ customer_id: customerId }).where('mode', '=', mode).where('id', '=', id).execute();
  });

/** Counts an attempt that failed. @returns how many of them died of it */
export async function failEvents(
  db: Database,
  mode: BillingMode,
  { ids, error, nextAttemptAt }: { ids: string[]; error: string; nextAttemptAt: Date },
): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await db
    .updateTable('stripe_events')
    .set({
      attempts: sql<number>`attempts + 1`,
      state: sql<'pending' | 'dead'>`case when attempts + 1 >= ${MOST_ATTEMPTS} then 'dead' else 'pending' end`,
      last_error: error,
      next_attempt_at: nextAttemptAt,
    })
    .where('mode', '=', mode)
    .where('id', 'in', lockedOpen(db, mode, ids))
    .where('state', 'in', ['pending', 'dead'])
    .returning('attempts')
    .execute();
  return rows.filter(({ attempts }) => attempts === MOST_ATTEMPTS).length;
}

/**
 * Lets an event be worked on again, as if it had just come, whatever became of it before. Its customer first, as who looks at one does.
 * @returns false when there is no such event
 */
export const replayEvent = (db: Database, mode: BillingMode, { id, at }: { id: string; at: Date }): Promise<boolean> =>
  db.transaction().execute(async (tx) => {
    const event = await tx
      .selectFrom('stripe_events')
      .select('customer_id')
      .where('mode', '=', mode)
      .where('id', '=', id)
      .executeTakeFirst();
    if (event === undefined) return false;
    if (event.customer_id !== null) await wantCustomer(tx, mode, { id: event.customer_id, at });
    await tx
      .updateTable('stripe_events')
      .set({ state: 'pending', attempts: 0, next_attempt_at: at, done_at: null })
      .where('mode', '=', mode)
      .where('id', '=', id)
      .execute();
    return true;
  });

export async function countOpen(db: Database, mode: BillingMode): Promise<{ pending: number; dead: number }> {
  const row = await db
    .selectFrom('stripe_events')
    .select((from) => [
      from.fn.countAll<number>().filterWhere('state', '=', 'pending').as('pending'),
      from.fn.countAll<number>().filterWhere('state', '=', 'dead').as('dead'),
    ])
    .where('mode', '=', mode)
    .where('state', 'in', ['pending', 'dead'])
    .executeTakeFirstOrThrow();
  return row;
}
