import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** A database, one connection of it, or a transaction. */
type Executor = Kysely<Tables>;

/**
 * Lock order, here and where usage is settled (decision 0041): the gateway, the entitlement, rows of `quotas` by period id, rows of `leases`.
 * Whoever changes a lease updates the lease's quota row in the same transaction, so an unchanged quota row proves that its leases are
 * unchanged. A period that was merged into another keeps its row, and its leases and late usage settle there; what is granted is limited by
 * the sum over the period and those that point to it.
 */

/**
 * Makes the current transaction the only one to grant from these periods until it ends. The statement that comes after it has a snapshot that
 * is younger than the locks. `entitlementId`: a period is to begin, so its entitlement is locked first.
 */
export async function lockForGrant(
  db: Executor,
  { entitlementId, periodIds }: { entitlementId: string | null; periodIds: string[] },
): Promise<void> {
  if (entitlementId !== null) await sql`select from entitlements where id = ${entitlementId} for share`.execute(db);
  await sql`
select from quotas where period_id = any(array(
  select period_id from quotas where period_id = any(${periodIds}) union all select period_id from quotas where merged_into = any(${periodIds})
)) order by period_id for update`.execute(db);
}

/** Makes the current transaction the only one to change these periods' quotas and leases until it ends. @returns those that there are */
export async function lockPeriods(db: Executor, periodIds: string[]): Promise<Set<string>> {
  const { rows } = await sql<{
    id: string;
  }>`select period_id as id from quotas where period_id = any(${periodIds}) order by period_id for update`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** What becomes of the units that a gateway holds: `released` may be leased again, `spent` count as settled. */
export type Closing = 'released' | 'spent';

/** Who holds leases, and in which boot of its host. */
export interface GatewayBoot {
  gatewayId: string;
  bootId: string;
}

/**
 * Ends every lease of a gateway, in one transaction, and notes the boot that they were ended in: a start that fails before
 * this must find the old boot again.
 */
export async function closeLeases(db: Executor, { gatewayId, bootId }: GatewayBoot, closing: Closing): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // The gateway first, as a batch of usage does: an older process of this gateway may still be settling one.
    await sql`update gateways set boot_id = ${bootId} where id = ${gatewayId}`.execute(tx);
    await noteClosing(tx, gatewayId, closing);
    const held = await tx.selectFrom('leases').select('period_id').where('gateway_id', '=', gatewayId).where('units', '>', 0).execute();
    await lockPeriods(
      tx,
      held.map((lease) => lease.period_id),
    );
    await sql`
update quotas q set leased = q.leased - least(l.units, q.leased), settled = q.settled + case when ${closing === 'spent'} then l.units else 0 end
from leases l where l.gateway_id = ${gatewayId} and l.units > 0 and q.period_id = l.period_id`.execute(tx);
    await sql`update leases set units = 0, request_id = null, request_granted = 0 where gateway_id = ${gatewayId}`.execute(tx);
  });
}

/**
 * Notes on the quarantined records of a gateway what becomes of their units as its leases are closed. A record whose period has no
 * leased units took none from a lease: its plan was unlimited.
 */
async function noteClosing(tx: Transaction<Tables>, gatewayId: string, closing: Closing): Promise<void> {
  await sql`
update usage_quarantine q set lease_closed = case when ${closing === 'spent'} and exists (
  select from leases l where l.gateway_id = q.gateway_id and l.period_id = q.record ->> 'periodId' and l.units > 0) then 'spent' else 'released' end
where gateway_id = ${gatewayId} and lease_closed is null`.execute(tx);
}
