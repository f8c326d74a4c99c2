import { sql, type Transaction } from 'kysely';
import type { Closing } from '../../quota/lease-store.ts';
import type { Tables } from '../../store/tables.ts';

type Tx = Transaction<Tables>;

/** A quarantined record, locked by the caller's transaction. */
export interface HeldRecord {
  id: number;
  gatewayId: string;
  reason: string;
  /** From the database; null if the record was refused before it got there. */
  sqlstate: string | null;
  record: unknown;
  /** How the lease of the record's units was closed; null while it is open. */
  leaseClosed: Closing | null;
}

/**
 * Locks a record until the transaction ends; null if it does not exist, or no longer does once the
 * lock is acquired. Locks the gateway first, as usage batches and lease closings do: two concurrent
 * writers would read the same sums.
 */
export async function holdQuarantined(tx: Tx, id: number): Promise<HeldRecord | null> {
  await sql`select from gateways where id = (select gateway_id from usage_quarantine where id = ${id}) for update`.execute(tx);
  const row = await tx.selectFrom('usage_quarantine').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return null;
  const { id: held, gateway_id: gatewayId, lease_closed: leaseClosed, reason, sqlstate, record } = row;
  return { id: held, gatewayId, reason, sqlstate, record, leaseClosed };
}

export async function removeQuarantined(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('usage_quarantine').where('id', '=', id).execute();
}

export async function noteRefusal(tx: Tx, id: number, refusal: { reason: string; sqlstate: string | null }): Promise<void> {
  await tx.updateTable('usage_quarantine').set(refusal).where('id', '=', id).execute();
}
