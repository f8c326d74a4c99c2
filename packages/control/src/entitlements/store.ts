import { sql, type Transaction } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

export interface EntitlementRow {
  id: string;
  consumerId: string | null;
  planId: string;
  planVersion: number;
}

export async function findEntitlement(db: Database, id: string): Promise<EntitlementRow | null> {
  const row = await db
    .selectFrom('entitlements')
    .select(['id', 'consumer_id as consumerId', 'plan_id as planId', 'plan_version as planVersion'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Quota periods are counted from here. Their clock is the database's: an anchor that lies ahead of it, because the clock
 * of this process runs ahead, would end a first period at once.
 */
export async function insertEntitlement(
  tx: Transaction<Tables>,
  row: EntitlementRow,
  { at, version }: { at: Date; version: number },
): Promise<void> {
  await tx
    .insertInto('entitlements')
    .values({
      id: row.id,
      consumer_id: row.consumerId,
      plan_id: row.planId,
      plan_version: row.planVersion,
      anchor: sql<Date>`least(${at}::timestamptz, now())`,
      created_at: at,
      snapshot_version: version,
    })
    .execute();
}

export async function setEntitlementPlan(
  tx: Transaction<Tables>,
  id: string,
  { planId, planVersion, version }: { planId: string; planVersion: number; version: number },
): Promise<void> {
  await tx
    .updateTable('entitlements')
    .set({ plan_id: planId, plan_version: planVersion, snapshot_version: version })
    .where('id', '=', id)
    .execute();
}
