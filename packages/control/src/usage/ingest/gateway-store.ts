import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';

type Tx = Transaction<Tables>;

/** A gateway and the epoch of its start. */
export interface Writer {
  gatewayId: string;
  epoch: number;
}

/**
 * Registers a start with the next epoch, above `afterEpoch`. The stored boot id does not change: it
 * is that of the last closed leases. `bootIdBefore` is null at the first start.
 */
export async function registerStart(
  tx: Tx,
  { gatewayId, bootId, afterEpoch = 0 }: { gatewayId: string; bootId: string; afterEpoch?: number },
) {
  const before = await tx.selectFrom('gateways').select('boot_id').where('id', '=', gatewayId).forUpdate().executeTakeFirst();
  const { epoch, cursor } = await tx
    .insertInto('gateways')
    .values({ id: gatewayId, boot_id: bootId, epoch: afterEpoch + 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ epoch: sql`greatest(gateways.epoch, ${afterEpoch}::int) + 1`, heartbeat_at: sql`now()` }),
    )
    .returning(['epoch', 'cursor'])
    .executeTakeFirstOrThrow();
  return { epoch, cursor, bootIdBefore: before?.boot_id ?? null };
}

export async function installationId(tx: Tx): Promise<string> {
  return (await tx.selectFrom('installation').select('id').executeTakeFirstOrThrow()).id;
}

/**
 * Compare-and-set of the cursor, so that each batch is stored exactly once. The row lock then
 * blocks other batches of this gateway.
 */
export async function moveCursor(tx: Tx, { gatewayId, epoch }: Writer, { from, to }: { from: number; to: number }): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update gateways set cursor = ${to}, heartbeat_at = now() where id = ${gatewayId} and epoch = ${epoch} and cursor = ${from}`.execute(tx);
  return numAffectedRows === 1n;
}

/**
 * Locks the gateway's row and returns the database's position. If the row is missing or belongs to
 * an older start, the database has lost this start: it is restored. The row of a newer start is
 * left unchanged.
 */
export async function resumeStart(tx: Tx, { gatewayId, epoch }: Writer, bootId: string): Promise<{ epoch: number; cursor: number }> {
  const row = await tx.selectFrom('gateways').select(['epoch', 'cursor']).where('id', '=', gatewayId).forUpdate().executeTakeFirst();
  if (row && row.epoch >= epoch) return row;
  await tx
    .insertInto('gateways')
    .values({ id: gatewayId, boot_id: bootId, epoch })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ epoch, heartbeat_at: sql`now()` }))
    .execute();
  return row ?? { epoch: 0, cursor: 0 };
}

/** The offset up to which this start's records are committed; null when another start took over. */
export async function committedCursor(tx: Tx, { gatewayId, epoch }: Writer): Promise<number | null> {
  const row = await tx.selectFrom('gateways').select('cursor').where('id', '=', gatewayId).where('epoch', '=', epoch).executeTakeFirst();
  return row?.cursor ?? null;
}
