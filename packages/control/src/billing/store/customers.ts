import type { BillingMode } from '@api-factory/core';
import { type ExpressionBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/** The right to sync a customer, until the lease expires or is taken over. */
export interface CustomerLease {
  mode: BillingMode;
  customerId: string;
  fence: number;
  /** End of the lease, and when the customer is due again if the holder crashes. */
  until: Date;
}

export interface AcquiredLease extends CustomerLease {
  /** Consecutive failed syncs. */
  failures: number;
  /** Whether a sync was due. */
  wasDue: boolean;
}

export interface CustomerRow {
  consumerId: string | null;
  testClock: string | null;
}

/**
 * Acquires the lease of a customer; creates the row if there is none. While it is leased,
 * `wanted_at` is the end of the lease: any other value means that another sync was requested.
 * @returns null while another holds it
 */
export async function acquireCustomer(
  db: Database,
  { mode, customerId, now, until }: { mode: BillingMode; customerId: string; now: Date; until: Date },
): Promise<AcquiredLease | null> {
  const row = await db
    .with('before', (query) =>
      query.selectFrom('stripe_customers').select('wanted_at').where('mode', '=', mode).where('id', '=', customerId),
    )
    .insertInto('stripe_customers')
    .values({ mode, id: customerId, wanted_at: until, lease_until: until, fence: 1, created_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['mode', 'id'])
        .doUpdateSet({ wanted_at: until, lease_until: until, fence: sql<number>`stripe_customers.fence + 1` })
        .where((where) => where.or([where('stripe_customers.lease_until', 'is', null), where('stripe_customers.lease_until', '<=', now)])),
    )
    .returning(['fence', 'failures', sql<boolean>`coalesce((select wanted_at <= ${now} from before), false)`.as('wasDue')])
    .executeTakeFirst();
  return row ? { mode, customerId, until, ...row } : null;
}

/** Customers that are due and not leased, the longest overdue first. */
export async function dueCustomers(db: Database, mode: BillingMode, { now, limit }: { now: Date; limit: number }): Promise<string[]> {
  const rows = await db
    .selectFrom('stripe_customers')
    .select('id')
    .where('mode', '=', mode)
    .where('wanted_at', '<=', now)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now)]))
    .orderBy('wanted_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

const SELECTED = ['consumer_id as consumerId', 'test_clock as testClock'] as const;

export const findCustomerRow = async (db: Database, mode: BillingMode, id: string): Promise<CustomerRow | null> =>
  (await db.selectFrom('stripe_customers').select(SELECTED).where('mode', '=', mode).where('id', '=', id).executeTakeFirst()) ?? null;

/**
 * Locks the customer's row until the transaction ends.
 * @returns null when the lease was taken over: nothing may be written then
 */
export async function lockCustomer(tx: Transaction<Tables>, { mode, customerId, fence }: CustomerLease): Promise<CustomerRow | null> {
  const row = await tx
    .selectFrom('stripe_customers')
    .select(SELECTED)
    .where('mode', '=', mode)
    .where('id', '=', customerId)
    .where('fence', '=', fence)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

export interface SyncedCustomer {
  consumerId: string | null;
  deleted: boolean;
  testClock: string | null;
  at: Date;
  /** When the next sync is due without an event. */
  nextSyncAt: Date | null;
}

/**
 * Releases the lease after a successful sync. A sync requested meanwhile stays due: its cause may
 * be newer than the fetch.
 */
export async function releaseCustomer(
  tx: Transaction<Tables>,
  { mode, customerId, fence, until }: CustomerLease,
  synced: SyncedCustomer,
): Promise<void> {
  const { consumerId, deleted, testClock, at, nextSyncAt } = synced;
  await tx
    .updateTable('stripe_customers')
    .set({
      consumer_id: consumerId,
      deleted,
      test_clock: testClock,
      synced_at: at,
      failures: 0,
      last_error: null,
      lease_until: null,
      wanted_at: sql<Date | null>`case when wanted_at = ${until} then ${nextSyncAt}::timestamptz else least(wanted_at, ${nextSyncAt}::timestamptz) end`,
    })
    .where('mode', '=', mode)
    .where('id', '=', customerId)
    .where('fence', '=', fence)
    .execute();
}

/** Releases the lease after a failed sync. @returns false when it was taken over */
export async function failCustomer(
  db: Database,
  { mode, customerId, fence }: CustomerLease,
  { error, nextSyncAt }: { error: string; nextSyncAt: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('stripe_customers')
    .set({ failures: sql<number>`failures + 1`, last_error: error, lease_until: null, wanted_at: nextSyncAt })
    .where('mode', '=', mode)
    .where('id', '=', customerId)
    .where('fence', '=', fence)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/**
 * Requests a sync of a customer; creates the row if there is none. Locks the row until the
 * transaction ends.
 */
export async function requestSync(tx: Transaction<Tables>, mode: BillingMode, { id, at }: { id: string; at: Date }): Promise<void> {
  await tx
    .insertInto('stripe_customers')
    .values({ mode, id, wanted_at: at, created_at: at })
    .onConflict((conflict) =>
      conflict.columns(['mode', 'id']).doUpdateSet({ wanted_at: sql`least(stripe_customers.wanted_at, excluded.wanted_at)` }),
    )
    .execute();
}

/**
 * Breaks every lease and requests a sync of its customer. Used at startup, as an earlier process
 * may have crashed. A holder that is still running detects that it lost the lease, and writes
 * nothing.
 */
export async function breakLeases(db: Database, mode: BillingMode, now: Date): Promise<void> {
  await db
    .updateTable('stripe_customers')
    .set({ fence: sql<number>`fence + 1`, lease_until: null, wanted_at: sql<Date>`least(wanted_at, ${now}::timestamptz)` })
    .where('mode', '=', mode)
    .where('id', 'in', lockedById(db, mode).where('lease_until', 'is not', null))
    .execute();
}

/** Requests a sync of every customer of a test clock. */
export async function requestSyncByClock(
  db: Database,
  mode: BillingMode,
  { testClock, at }: { testClock: string; at: Date },
): Promise<void> {
  await db
    .updateTable('stripe_customers')
    .set({ wanted_at: sql<Date>`least(wanted_at, ${at}::timestamptz)` })
    .where('mode', '=', mode)
    .where('id', 'in', lockedById(db, mode).where('test_clock', '=', testClock))
    .execute();
}

/**
 * Locks customers in the same order as `storeEvents` (decision 0041). The caller adds conditions.
 */
const lockedById = (db: Database, mode: BillingMode) =>
  db.selectFrom('stripe_customers').select('id').where('mode', '=', mode).orderBy('id').forUpdate();

/**
 * Ids of tracked customers: those with a consumer, a stored subscription, or a checkout started
 * here.
 */
export async function* trackedCustomers(db: Database, mode: BillingMode): AsyncGenerator<string> {
  let last = '';
  while (true) {
    const rows = await db
      .selectFrom('stripe_customers')
      .select('id')
      .where('mode', '=', mode)
      .where('id', '>', last)
      .where(isTracked)
      .orderBy('id')
      .limit(1_000)
      .execute();
    for (const { id } of rows) yield id;
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.id;
  }
}

/** Whether a row of `stripe_customers` is tracked. */
export const isTracked = ({ or, exists, eb, ref, selectFrom }: ExpressionBuilder<Tables, 'stripe_customers'>) =>
  or([
    eb('consumer_id', 'is not', null),
    exists(
      selectFrom('subscriptions as s')
        .select(sql.lit(1).as('one'))
        .where('s.mode', '=', ref('stripe_customers.mode'))
        .where('s.customer_id', '=', ref('stripe_customers.id')),
    ),
    exists(
      selectFrom('checkouts as c')
        .select(sql.lit(1).as('one'))
        .where('c.mode', '=', ref('stripe_customers.mode'))
        .where('c.customer_id', '=', ref('stripe_customers.id')),
    ),
  ]);
