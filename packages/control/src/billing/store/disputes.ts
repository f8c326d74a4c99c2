import type { BillingMode } from '@api-factory/core';
import type { Transaction } from 'kysely';
import { type Cursor, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';
import { microsOf, olderThan } from '../../store/list-query.ts';
import type { Tables } from '../../store/tables.ts';

/** Newest first, by creation time in Stripe. */
export async function listDisputes(db: Database, mode: BillingMode, { limit, after }: PageRequest) {
  const rows = await selectDisputes(db, mode)
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 'd.created_at', 'd.id')))
    .orderBy('d.created_at', 'desc')
    .orderBy('d.id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}

export type DisputeRow = Awaited<ReturnType<typeof listDisputes>>['rows'][number];

export const findDispute = async (db: Database, mode: BillingMode, id: string): Promise<DisputeRow | null> =>
  (await selectDisputes(db, mode).where('d.id', '=', id).executeTakeFirst()) ?? null;

/** Records the release of a hold. @returns false when it was already released */
export async function setReleased(tx: Transaction<Tables>, mode: BillingMode, { id, at }: { id: string; at: Date }): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('disputes')
    .set({ released_at: at })
    .where('mode', '=', mode)
    .where('id', '=', id)
    .where('released_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

const selectDisputes = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('disputes as d')
    .innerJoin('stripe_customers as c', (join) => join.onRef('c.mode', '=', 'd.mode').onRef('c.id', '=', 'd.customer_id'))
    .select(['d.id', 'd.customer_id as customerId', 'c.consumer_id as consumerId', 'd.status', 'd.hold'])
    .select(['d.released_at as releasedAt', 'd.created_at as createdAt', 'd.synced_at as syncedAt'])
    .select(microsOf('d.created_at').as('position'))
    .where('d.mode', '=', mode);

export interface MirroredDispute {
  id: string;
  status: string;
  hold: boolean;
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
