import type { BillingMode } from '@api-factory/core';
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Notice } from '../stripe/events.ts';
import { TEST_EVENT_TYPE } from '../stripe/webhook.ts';
import { requestSync } from './customers.ts';

/**
 * After this many failures an event is dead: shown to the operator, who can replay it, and still
 * retried.
 */
export const MAX_ATTEMPTS = 10;

export type NewEvent = Omit<Notice, 'livemode' | 'account'> & { state: 'pending' | 'ignored' };

/** A pending or dead event. */
export interface UnsettledEvent {
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
 * Stores events and requests a sync of their customers, in one statement. Events that are already
 * stored are skipped.
 * @returns the number of new events
 */
export async function storeEvents(db: Database, { mode, events, source, at }: Arrival): Promise<number> {
  if (events.length === 0) return 0;
  // Sorted, so that concurrent statements insert the same events in the same order.
  const rows = events.map((event) => rowOf(event, { mode, source, at })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const state = arrivalState({ mode, events, source, at });
  const keepsNewest =
    state.last_event_at === undefined ? {} : { last_event_at: sql<Date>`greatest(billing_state.last_event_at, excluded.last_event_at)` };
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
            // Sorted, so that concurrent statements lock the same customers in the same order.
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
        .values({ mode, ...state })
        .onConflict((conflict) => conflict.column('mode').doUpdateSet({ mode, ...state, ...keepsNewest })),
    )
    .selectFrom('event')
    .select((from) => from.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * The fields of `billing_state` that an arrival changes; none for test events, which do not show
 * whether Stripe's events arrive.
 */
function arrivalState({ events, source, at }: Arrival): { last_event_at?: Date; last_webhook_at?: Date; last_api_version?: string } {
  if (events.every(({ type }) => type === TEST_EVENT_TYPE)) return {};
  const last_event_at = new Date(Math.max(...events.map(({ createdAt }) => createdAt.getTime())));
  if (source !== 'webhook') return { last_event_at };
  const apiVersion = events[0]?.apiVersion;
  return { last_event_at, last_webhook_at: at, ...(apiVersion ? { last_api_version: apiVersion } : {}) };
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

/** Pending and dead events of a customer, which a sync settles. */
export const unsettledEventsOf = (db: Database, mode: BillingMode, customerId: string): Promise<UnsettledEvent[]> =>
  openEvents(db, mode).where('customer_id', '=', customerId).where('state', 'in', ['pending', 'dead']).execute();

/** Due events that name no customer, dead ones included. */
export const unresolvedEvents = (
  db: Database,
  mode: BillingMode,
  { now, limit }: { now: Date; limit: number },
): Promise<UnsettledEvent[]> =>
  openEvents(db, mode)
    .where('customer_id', 'is', null)
    .where('state', 'in', ['pending', 'dead'])
    .where('next_attempt_at', '<=', now)
    .limit(limit)
    .execute();

/**
 * Locks unsettled events in order of id: a sync that lost its lease may fail them while the next
 * settles them.
 */
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

/** Stores the customer of an event that named none, and requests its sync. */
export const resolveEvent = (
  db: Database,
  mode: BillingMode,
  { id, customerId, at }: { id: string; customerId: string; at: Date },
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await requestSync(tx, mode, { id: customerId, at });
    await tx.updateTable('stripe_events').set({ customer_id: customerId }).where('mode', '=', mode).where('id', '=', id).execute();
  });

/** Counts a failed attempt. @returns the number of events that are dead now */
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
      state: sql<'pending' | 'dead'>`case when attempts + 1 >= ${MAX_ATTEMPTS} then 'dead' else 'pending' end`,
      last_error: error,
      next_attempt_at: nextAttemptAt,
    })
    .where('mode', '=', mode)
    .where('id', 'in', lockedOpen(db, mode, ids))
    .where('state', 'in', ['pending', 'dead'])
    .returning('attempts')
    .execute();
  return rows.filter(({ attempts }) => attempts === MAX_ATTEMPTS).length;
}

/**
 * Resets an event to pending, in any state. Locks its customer first, as a sync does.
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
    if (event.customer_id !== null) await requestSync(tx, mode, { id: event.customer_id, at });
    await tx
      .updateTable('stripe_events')
      .set({ state: 'pending', attempts: 0, next_attempt_at: at, done_at: null })
      .where('mode', '=', mode)
      .where('id', '=', id)
      .execute();
    return true;
  });

export async function countUnsettled(db: Database, mode: BillingMode): Promise<{ pending: number; dead: number }> {
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
