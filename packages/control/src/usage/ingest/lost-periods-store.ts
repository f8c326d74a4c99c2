import type { PeriodBounds } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';

type Tx = Transaction<Tables>;

/**
 * What the periods of an entitlement are counted from, and how long they are; undefined when there
 * is no such entitlement.
 */
export const periodAnchor = (tx: Tx, entitlementId: string) =>
  tx
    .selectFrom('entitlements as e')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
    .select(['e.anchor', 'v.quota_period'])
    .where('e.id', '=', entitlementId)
    .executeTakeFirst();

/** The entitlement's period that counts at that moment; null when there is none. */
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
 * Begins a period that is over, or began before the back-up was restored. It ends where the next
 * one on record starts, at the latest. Nothing is begun when the entitlement's anchor has moved
 * since `bounds` were counted from `anchor`. The entitlement comes after rows of `quotas` here,
 * against the lock order, so it is not waited for.
 * @throws the driver's error, 55P03 while the entitlement is changed: the batch is to be committed
 * again
 */
export async function insertLostPeriod(
  tx: Tx,
  { periodId, entitlementId, anchor, bounds }: { periodId: string; entitlementId: string; anchor: Date; bounds: PeriodBounds },
): Promise<void> {
  // Anchors were read in whole milliseconds.
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at)
select ${periodId}, id, ${bounds.startsAt}, least(${bounds.endsAt}::timestamptz,
  (select min(starts_at) from quotas where entitlement_id = ${entitlementId} and merged_into is null and starts_at > ${bounds.startsAt}))
from entitlements where id = ${entitlementId} and date_trunc('milliseconds', anchor) = ${anchor} for share nowait
on conflict (entitlement_id, starts_at) where merged_into is null do nothing`.execute(tx);
}
