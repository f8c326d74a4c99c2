import { sql, type Transaction } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import type { Session } from './session.ts';

type Tx = Transaction<Tables>;

/** Sessions that have not expired. */
export async function liveSessions(db: Database, at: Date): Promise<Session[]> {
  const rows = await db.selectFrom('operator_sessions').selectAll().where('expires_at', '>', at).execute();
  return rows.map((row) => ({
    id: row.id,
    hash: row.hash,
    operator: row.operator,
    operatorMac: row.operator_mac,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

export async function insertSession(tx: Tx, session: Session): Promise<void> {
  await tx
    .insertInto('operator_sessions')
    .values({
      id: session.id,
      hash: session.hash,
      operator: session.operator,
      operator_mac: session.operatorMac,
      created_at: session.createdAt,
      expires_at: session.expiresAt,
    })
    .execute();
}

/**
 * Serializes removals of sessions: two transactions that remove several could deadlock. Taken after
 * `lockOperators` where both are needed (decision 0041). Does not block reads.
 */
export async function lockSessions(tx: Tx): Promise<void> {
  await sql`lock table operator_sessions in share row exclusive mode`.execute(tx);
}

/** Removes all expired sessions, and of this operator all but the newest `kept`. */
export async function tidySessions(tx: Tx, { operator, at, kept }: { operator: string; at: Date; kept: number }): Promise<void> {
  await tx.deleteFrom('operator_sessions').where('expires_at', '<=', at).execute();
  await tx
    .deleteFrom('operator_sessions')
    .where('id', 'in', (of) =>
      of
        .selectFrom('operator_sessions')
        .select('id')
        .where('operator', '=', operator)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .offset(kept),
    )
    .execute();
}

/** @returns false when it was gone already */
export async function deleteSession(tx: Tx, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('operator_sessions').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** @returns how many of them had not expired */
export async function deleteSessionsOf(tx: Tx, operator: string, at: Date): Promise<number> {
  const ended = await tx.deleteFrom('operator_sessions').where('operator', '=', operator).returning('expires_at').execute();
  return ended.filter((row) => row.expires_at > at).length;
}
