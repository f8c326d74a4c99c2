import type { BillingMode } from '@api-factory/core';
import { type ExpressionBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/** One who looks at a customer, as long as the lease runs and no other has taken over. */
export interface Holder {
  mode: BillingMode;
  customerId: string;
  fence: number;
  /** End of the lease. Also when the customer is due again, should the holder die. */
  until: Date;
}

export interface Claim extends Holder {
  /** Looks that failed in a row. */
  failures: number;
  /** A look was wanted by then. */
  wasDue: boolean;
}

export interface CustomerRow {
  consumerId: string | null;
  testClock: string | null;
}

/**
 * Takes a customer, and makes its row if there is none. Until the holder is through, `wanted_at` is the end of its lease: any other value says that someone
 * wanted a look meanwhile.
 * @returns null while another holds it
 */
export async function claimCustomer(
  db: Database,
  { mode, customerId, now, until }: { mode: BillingMode; customerId: string; now: Date; until: Date },
): Promise<Claim | null> {
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

/** Customers that are due and that nobody looks at, the longest overdue first. */
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
 * Holds the customer's row until the transaction ends.
 * @returns null when another has taken the customer over: nothing may be written then
 */
export async function lockCustomer(tx: Transaction<Tables>, { mode, customerId, fence }: Holder): Promise<CustomerRow | null> {
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

export interface Looked {
  consumerId: string | null;
  deleted: boolean;
  testClock: string | null;
  at: Date;
  /** When the next look is due by itself. */
  nextLookAt: Date | null;
}

/** Ends a look that went well. Who wanted one while it went on gets it: what they know of may have come after the fetch. */
export async function releaseCustomer(tx: Transaction<Tables>, { mode, customerId, fence, until }: Holder, looked: Looked): Promise<void> {
  const { consumerId, deleted, testClock, at, nextLookAt } = looked;
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
      wanted_at: sql<Date | null>`case when wanted_at = ${until} then ${nextLookAt}::timestamptz else least(wanted_at, ${nextLookAt}::timestamptz) end`,
    })
    .where('mode', '=', mode)
    .where('id', '=', customerId)
    .where('fence', '=', fence)
    .execute();
}

/** Ends a look that failed. @returns false when another has taken over */
export async function giveUpCustomer(
  db: Database,
  { mode, customerId, fence }: Holder,
  { error, nextLookAt }: { error: string; nextLookAt: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('stripe_customers')
    .set({ failures: sql<number>`failures + 1`, last_error: error, lease_until: null, wanted_at: nextLookAt })
    .where('mode', '=', mode)
    .where('id', '=', customerId)
    .where('fence', '=', fence)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Wants a look at a customer, and makes its row if there is none. Holds the row until the transaction ends. */
export async function wantCustomer(tx: Transaction<Tables>, mode: BillingMode, { id, at }: { id: string; at: Date }): Promise<void> {
  await tx
    .insertInto('stripe_customers')
    .values({ mode, id, wanted_at: at, created_at: at })
    .onConflict((conflict) =>
      conflict.columns(['mode', 'id']).doUpdateSet({ wanted_at: sql`least(stripe_customers.wanted_at, excluded.wanted_at)` }),
    )
    .execute();
}

/**
 * Takes every customer from who holds it, and wants a look at it: for a process that starts, and whose forerunner may have died while it looked. A holder
 * that lives finds itself overtaken and writes nothing.
 */
export async function takeOverCustomers(db: Database, mode: BillingMode, now: Date): Promise<void> {
  await db
    .updateTable('stripe_customers')
    .set({ fence: sql<number>`fence + 1`, lease_until: null, wanted_at: sql<Date>`least(wanted_at, ${now}::timestamptz)` })
    .where('mode', '=', mode)
    .where('id', 'in', lockedById(db, mode).where('lease_until', 'is not', null))
    .execute();
}

/** Wants a look at every customer that lives by a test clock. */
export async function wantByClock(db: Database, mode: BillingMode, { testClock, at }: { testClock: string; at: Date }): Promise<void> {
  await db
    .updateTable('stripe_customers')
    .set({ wanted_at: sql<Date>`least(wanted_at, ${at}::timestamptz)` })
    .where('mode', '=', mode)
    .where('id', 'in', lockedById(db, mode).where('test_clock', '=', testClock))
    .execute();
}

/** Locks several customers in the order in which `storeEvents` locks them (decision 0041). Conditions are added by the caller. */
const lockedById = (db: Database, mode: BillingMode) =>
  db.selectFrom('stripe_customers').select('id').where('mode', '=', mode).orderBy('id').forUpdate();

/** Ids of the customers that have to do with us, in pages sorted by id: those with a consumer, a subscription on record, or a checkout begun here. */
export async function* customersOfOurs(db: Database, mode: BillingMode): AsyncGenerator<string> {
  let last = '';
  while (true) {
    const rows = await db
      .selectFrom('stripe_customers')
      .select('id')
      .where('mode', '=', mode)
      .where('id', '>', last)
      .where(isOurs)
      .orderBy('id')
      .limit(1_000)
      .execute();
    for (const { id } of rows) yield id;
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.id;
  }
}

/** Whether a row of `stripe_customers` has to do with us. */
export const isOurs = ({ or, exists, eb, ref, selectFrom }: ExpressionBuilder<Tables, 'stripe_customers'>) =>
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
