import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

const LIFETIME = sql`interval '24 hours'`;

interface Named {
  operator: string;
  key: string;
  requestHash: string;
}

/**
 * Claims the key for this transaction. A transaction with the same key that is under way is waited for: the unique
 * index holds the insert back until it ends.
 * @returns null when the claim is new (or older than 24 hours), else what was stored with it
 */
export async function reserveKey(
  tx: Transaction<Tables>,
  claim: Named,
  now: Date,
): Promise<{ requestHash: string; sealed: string } | null> {
  const claimed = await tx
    .insertInto('idempotency')
    .values({ operator: claim.operator, key: claim.key, request_hash: claim.requestHash, created_at: now })
    .onConflict((conflict) =>
      conflict
        .columns(['operator', 'key'])
        .doUpdateSet({ request_hash: claim.requestHash, status: null, body: null, created_at: now })
        .where(sql<boolean>`idempotency.created_at <= ${now}::timestamptz - ${LIFETIME}`),
    )
    .returning('key')
    .executeTakeFirst();
  if (claimed) return null;
  const row = await tx
    .selectFrom('idempotency')
    .select(['request_hash', 'body'])
    .where('operator', '=', claim.operator)
    .where('key', '=', claim.key)
    .executeTakeFirstOrThrow();
  return { requestHash: row.request_hash, sealed: String(row.body) };
}

export async function storeAnswer(tx: Transaction<Tables>, claim: Named, sealed: string): Promise<void> {
  await tx
    .updateTable('idempotency')
    .set({ status: 201, body: JSON.stringify(sealed) })
    .where('operator', '=', claim.operator)
    .where('key', '=', claim.key)
    .execute();
}
