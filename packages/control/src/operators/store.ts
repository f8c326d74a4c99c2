import { sql, type Transaction } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

export interface OperatorRow {
  id: string;
  hash: string;
}

export const activeOperators = (db: Database): Promise<OperatorRow[]> =>
  db.selectFrom('operator_keys').select(['id', 'hash']).where('revoked_at', 'is', null).execute();

/** Active keys, oldest first, without their hashes. */
export const listOperators = (db: Database): Promise<{ id: string; name: string; created_at: Date }[]> =>
  db
    .selectFrom('operator_keys')
    .select(['id', 'name', 'created_at'])
    .where('revoked_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();

export async function markRevoked(tx: Transaction<Tables>, id: string, at: Date): Promise<void> {
  await tx.updateTable('operator_keys').set({ revoked_at: at }).where('id', '=', id).execute();
}

/** Serializes changes of operator keys until the transaction ends. */
export async function lockOperators(tx: Transaction<Tables>): Promise<void> {
  await sql`lock table operator_keys in share row exclusive mode`.execute(tx);
}

export async function insertOperator(
  tx: Transaction<Tables>,
  row: { id: string; name: string; hash: string; created_at: Date },
): Promise<void> {
  await tx.insertInto('operator_keys').values(row).execute();
}
