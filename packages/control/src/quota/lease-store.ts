import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** A database, one connection of it, or a transaction. */
type Executor = Kysely<Tables>;

/**
 * Lock order, also where usage is settled (decision 0041): the gateway, the entitlement, rows of
 * `quotas` by period id, rows of `leases`. A transaction that changes a lease updates its quota row
 * too, so an unchanged quota row proves that its leases are unchanged. A merged period keeps its
 * row; its leases and late usage settle there, and grants are limited by the sum over the period
 * and those merged into it.
 */

/**
 * Locks these periods for a grant until the transaction ends; the next statement’s snapshot is
 * younger than the locks. With `entitlementId` a period is about to begin, so the entitlement is
 * locked first.
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

/**
 * Locks the quotas and leases of these periods until the transaction ends. @returns the ids that
 * exist
 */
export async function lockPeriods(db: Executor, periodIds: string[]): Promise<Set<string>> {
  const { rows } = await sql<{
    id: string;
  }>`select period_id as id from quotas where period_id = any(${periodIds}) order by period_id for update`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/**
 * What happens to the units that a gateway holds: `released` can be leased again, `spent` count as
 * settled.
 */
export type Closing = 'released' | 'spent';

/** A gateway and the boot of its host. */
export interface GatewayBoot {
  gatewayId: string;
  bootId: string;
}

/**
 * Ends every lease of a gateway, in one transaction, and stores the boot id in it: if a start fails
 * before this, the next one must still find the old boot id.
 */
export async function closeLeases(db: Executor, { gatewayId, bootId }: GatewayBoot, closing: Closing): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // The gateway first, like a batch of usage: an older process of this gateway may still be
    // settling one.
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
 * Records on the gateway’s quarantined records how their leases were closed. A record whose period
 * has no leased units took none: its plan was unlimited.
 */
async function noteClosing(tx: Transaction<Tables>, gatewayId: string, closing: Closing): Promise<void> {
  await sql`
update usage_quarantine q set lease_closed = case when ${closing === 'spent'} and exists (
  select from leases l where l.gateway_id = q.gateway_id and l.period_id = q.record ->> 'periodId' and l.units > 0) then 'spent' else 'released' end
where gateway_id = ${gatewayId} and lease_closed is null`.execute(tx);
}
