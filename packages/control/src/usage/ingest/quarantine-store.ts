import { sql, type Transaction } from 'kysely';
import type { Closing } from '../../quota/lease-store.ts';
import type { Tables } from '../../store/tables.ts';

type Tx = Transaction<Tables>;

/** A quarantined record, held by the caller's transaction. */
export interface HeldRecord {
  id: number;
  gatewayId: string;
  reason: string;
  /** Of the database's refusal; null when the product refused it. */
  sqlstate: string | null;
  record: unknown;
  /** How the lease was closed that the record's units came from; null while it is open. */
  leaseClosed: Closing | null;
}

/**
 * Locks a record until the transaction ends; null when there is none. Who waits for the lock finds
 * what became of it. The gateway is locked first, as by a batch of usage and by the closing of its
 * leases: two writers at once would read the same sums.
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
