import { type SqlBool, sql, type Transaction } from 'kysely';
import { type Cursor, type Page, type PageRequest, toPage } from '../http/page.ts';
import type { Database } from '../store/database.ts';
import { escapeLike, microsOf, olderThan } from '../store/list-query.ts';
import type { Tables } from '../store/tables.ts';

export interface ConsumerRow {
  id: string;
  name: string;
  email: string | null;
  created_at: Date;
  updated_at: Date;
}

/** A consumer with its number of keys that neither the operator nor a subscription revoked. */
export type CountedConsumerRow = ConsumerRow & { keys: number };

export async function insertConsumer(tx: Transaction<Tables>, row: ConsumerRow): Promise<void> {
  await tx.insertInto('consumers').values(row).execute();
}

export const findConsumer = async (db: Database, id: string): Promise<ConsumerRow | null> =>
  (await db.selectFrom('consumers').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;

export const findCountedConsumer = async (db: Database, id: string): Promise<CountedConsumerRow | null> =>
  (await selectCounted(db).where('consumers.id', '=', id).executeTakeFirst()) ?? null;

/** Locks the row until the transaction ends. */
export const lockConsumer = async (tx: Transaction<Tables>, id: string): Promise<ConsumerRow | null> =>
  (await tx.selectFrom('consumers').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()) ?? null;

export async function updateConsumer(tx: Transaction<Tables>, { id, name, email, updated_at }: ConsumerRow): Promise<void> {
  await tx.updateTable('consumers').set({ name, email, updated_at }).where('id', '=', id).execute();
}

/** Newest first. `search` is a part of the name or the email. */
export async function listConsumers(
  db: Database,
  search: string | undefined,
  { limit, after }: PageRequest,
): Promise<Page<CountedConsumerRow>> {
  const rows = await selectCounted(db)
    .select(microsOf('created_at').as('position'))
    .$if(search !== undefined, (query) => query.where(matches(search as string)))
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 'created_at', 'id')))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}

const selectCounted = (db: Database) =>
  db
    .selectFrom('consumers')
    .selectAll()
    .select(
      sql<number>`(select count(*) from entitlements e join keys k on k.entitlement_id = e.id
        where e.consumer_id = consumers.id and e.access is distinct from 'revoked' and k.operator_status <> 'revoked')`.as('keys'),
    );

function matches(search: string) {
  const pattern = `%${escapeLike(search)}%`;
  return sql<SqlBool>`(name ilike ${pattern} or email ilike ${pattern})`;
}
