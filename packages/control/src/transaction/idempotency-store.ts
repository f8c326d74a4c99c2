import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

const LIFETIME = sql`interval '24 hours'`;

interface Reservation {
  operator: string;
  key: string;
  requestHash: string;
}

/**
 * Reserves the key for this transaction. Waits for a concurrent transaction with the same key: the
 * unique index blocks the insert until it ends.
 * @returns null when the key is new (or older than 24 hours), else what is stored for it
 */
export async function reserveKey(
  tx: Transaction<Tables>,
  request: Reservation,
  now: Date,
): Promise<{ requestHash: string; encrypted: string } | null> {
  const reserved = await tx
    .insertInto('idempotency')
    .values({ operator: request.operator, key: request.key, request_hash: request.requestHash, created_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['operator', 'key'])
        .doUpdateSet({ request_hash: request.requestHash, status: null, body: null, created_at: now })
        .where(sql<boolean>`idempotency.created_at <= ${now}::timestamptz - ${LIFETIME}`),
    )
    .returning('key')
    .executeTakeFirst();
  if (reserved) return null;
  const row = await tx
    .selectFrom('idempotency')
    .select(['request_hash', 'body'])
    .where('operator', '=', request.operator)
    .where('key', '=', request.key)
    .executeTakeFirstOrThrow();
  return { requestHash: row.request_hash, encrypted: String(row.body) };
}

export async function storeAnswer(tx: Transaction<Tables>, request: Reservation, encrypted: string): Promise<void> {
  await tx
    .updateTable('idempotency')
    .set({ status: 201, body: JSON.stringify(encrypted) })
    .where('operator', '=', request.operator)
    .where('key', '=', request.key)
    .execute();
}
