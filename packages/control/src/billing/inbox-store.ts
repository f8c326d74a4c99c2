import { sql } from 'kysely';
import type { Database } from '../store/database.ts';
import { MOST_ATTEMPTS } from './backoff.ts';
import type { BillingMode } from './model.ts';

export interface NewEvent {
  id: string;
  type: string;
  apiVersion: string | null;
  objectType: string;
  objectId: string;
  customerId: string | null;
  state: 'pending' | 'ignored';
  createdAt: Date;
}

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
  const rows = events.map((event) => rowOf(event, { mode, source, at }));
  const newest = new Date(Math.max(...events.map(({ createdAt }) => createdAt.getTime())));
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
        .values({ mode, last_event_at: newest, ...byWebhook })
        .onConflict((conflict) =>
          conflict
            .column('mode')
            .doUpdateSet({ last_event_at: sql`greatest(billing_state.last_event_at, excluded.last_event_at)`, ...byWebhook }),
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

/** Events that name no customer and are due. */
export const unresolvedEvents = (db: Database, mode: BillingMode, { now, limit }: { now: Date; limit: number }): Promise<OpenEvent[]> =>
  openEvents(db, mode)
    .where('customer_id', 'is', null)
    .where('state', '=', 'pending')
    .where('next_attempt_at', '<=', now)
    .limit(limit)
    .execute();

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
    .where('id', 'in', ids)
    .where('state', 'in', ['pending', 'dead'])
    .execute();
}

/** Names the customer of an event and wants a look at it, in one statement. */
export async function resolveEvent(
  db: Database,
  mode: BillingMode,
  { id, customerId, at }: { id: string; customerId: string; at: Date },
): Promise<void> {
  await db
    .with('event', (query) =>
      query.updateTable('stripe_events').set({ customer_id: customerId }).where('mode', '=', mode).where('id', '=', id),
    )
    .insertInto('stripe_customers')
    .values({ mode, id: customerId, wanted_at: at, created_at: at })
    .onConflict((conflict) =>
      conflict.columns(['mode', 'id']).doUpdateSet({ wanted_at: sql`least(stripe_customers.wanted_at, excluded.wanted_at)` }),
    )
    .execute();
}

/** Counts an attempt that failed. @returns how many of them are dead now */
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
    .where('id', 'in', ids)
    .where('state', '=', 'pending')
    .returning('state')
    .execute();
  return rows.filter(({ state }) => state === 'dead').length;
}

/**
 * Lets an event be worked on again, as if it had just come, whatever became of it before.
 * @returns false when there is no such event
 */
export async function replayEvent(db: Database, mode: BillingMode, { id, at }: { id: string; at: Date }): Promise<boolean> {
  const row = await db
    .with('event', (query) =>
      query
        .updateTable('stripe_events')
        .set({ state: 'pending', attempts: 0, next_attempt_at: at, done_at: null })
        .where('mode', '=', mode)
        .where('id', '=', id)
        .returning(['id', 'customer_id']),
    )
    .with('wanted', (query) =>
      query
        .updateTable('stripe_customers')
        .from('event')
        .set({ wanted_at: sql<Date>`least(stripe_customers.wanted_at, ${at}::timestamptz)` })
        .where('stripe_customers.mode', '=', mode)
        .whereRef('stripe_customers.id', '=', 'event.customer_id'),
    )
    .selectFrom('event')
    .select('id')
    .executeTakeFirst();
  return row !== undefined;
}

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

/** Forgets settled events that came before `before`. */
export async function forgetEvents(db: Database, mode: BillingMode, before: Date): Promise<void> {
  await db
    .deleteFrom('stripe_events')
    .where('mode', '=', mode)
    .where('state', 'in', ['done', 'ignored'])
    .where('received_at', '<', before)
    .execute();
}
