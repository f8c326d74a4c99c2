import type { Transaction } from 'kysely';
import { microsOf, olderThan } from '../http/newest.ts';
import { type Cursor, type Page, type PageRequest, toPage } from '../http/page.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

export interface ConsumerRow {
  id: string;
  name: string;
  email: string | null;
  created_at: Date;
  updated_at: Date;
}

export async function insertConsumer(tx: Transaction<Tables>, row: ConsumerRow): Promise<void> {
  await tx.insertInto('consumers').values(row).execute();
}

export const findConsumer = async (db: Database, id: string): Promise<ConsumerRow | null> =>
  (await db.selectFrom('consumers').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;

/** Holds the row until the transaction ends. */
export const lockConsumer = async (tx: Transaction<Tables>, id: string): Promise<ConsumerRow | null> =>
  (await tx.selectFrom('consumers').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()) ?? null;

export async function updateConsumer(tx: Transaction<Tables>, { id, name, email, updated_at }: ConsumerRow): Promise<void> {
  await tx.updateTable('consumers').set({ name, email, updated_at }).where('id', '=', id).execute();
}

/** Newest first. */
export async function listConsumers(db: Database, { limit, after }: PageRequest): Promise<Page<ConsumerRow>> {
  const rows = await db
    .selectFrom('consumers')
    .selectAll()
    .select(microsOf('created_at').as('position'))
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 'created_at', 'id')))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}
