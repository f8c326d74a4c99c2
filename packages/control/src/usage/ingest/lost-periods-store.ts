import type { PeriodBounds } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';

type Tx = Transaction<Tables>;

/** The anchor and length of an entitlement's periods; undefined if it does not exist. */
export const periodAnchor = (tx: Tx, entitlementId: string) =>
  tx
    .selectFrom('entitlements as e')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
    .select(['e.anchor', 'v.quota_period'])
    .where('e.id', '=', entitlementId)
    .executeTakeFirst();

/** The entitlement's period at that time; null if there is none. */
export async function periodCovering(tx: Tx, entitlementId: string, at: Date): Promise<string | null> {
  const row = await tx
    .selectFrom('quotas')
    .select('period_id')
    .where('entitlement_id', '=', entitlementId)
    .where('merged_into', 'is', null)
    .where('starts_at', '<=', at)
    .where('ends_at', '>', at)
    .executeTakeFirst();
  return row?.period_id ?? null;
}

/**
 * Creates a lost period. It ends at the latest where the next stored one starts. Creates nothing if
 * the anchor has moved since `bounds` were computed. Locks the entitlement after rows of `quotas`,
 * against the lock order, and therefore does not wait for it.
 * @throws the driver's error, 55P03 while the entitlement is being changed: commit the batch again
 */
export async function insertLostPeriod(
  tx: Tx,
  { periodId, entitlementId, anchor, bounds }: { periodId: string; entitlementId: string; anchor: Date; bounds: PeriodBounds },
): Promise<void> {
  // Anchors were read with millisecond precision.
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at)
select ${periodId}, id, ${bounds.startsAt}, least(${bounds.endsAt}::timestamptz,
  (select min(starts_at) from quotas where entitlement_id = ${entitlementId} and merged_into is null and starts_at > ${bounds.startsAt}))
from entitlements where id = ${entitlementId} and date_trunc('milliseconds', anchor) = ${anchor} for share nowait
on conflict (entitlement_id, starts_at) where merged_into is null do nothing`.execute(tx);
}
