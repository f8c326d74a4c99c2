import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { PeriodBounds, PeriodLength } from '../usage/periods.ts';

/** How an entitlement's periods are counted, and the last one that has begun; `now` is the database's time, which periods follow. */
export interface LastQuota {
  anchor: Date;
  quotaPeriod: PeriodLength;
  now: Date;
  /** null before the first lease. */
  quota: { periodId: string; startsAt: Date; endsAt: Date } | null;
}

/**
 * Reads it and locks its row, so that no lease is given and no usage settled by the old bounds while they move: whoever leases waits, finds
 * the row changed, and reads again. The entitlement is locked before its quota, as `beginPeriod` locks them (decision 0041).
 */
export async function lastQuotaRow(tx: Transaction<Tables>, entitlementId: string): Promise<LastQuota> {
  const counted = await tx
    .selectFrom('entitlements as e')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
    .select(['e.anchor', 'v.quota_period as quotaPeriod', sql<Date>`statement_timestamp()`.as('now')])
    .where('e.id', '=', entitlementId)
    .forNoKeyUpdate('e')
    .executeTakeFirstOrThrow();
  const quota = await tx
    .selectFrom('quotas')
    .select(['period_id as periodId', 'starts_at as startsAt', 'ends_at as endsAt'])
    .where('entitlement_id', '=', entitlementId)
    .where('starts_at', '<=', counted.now)
    .orderBy('starts_at', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  return { ...counted, quota: quota ?? null };
}

export async function endQuotaRow(tx: Transaction<Tables>, periodId: string, endsAt: Date): Promise<void> {
  await tx.updateTable('quotas').set({ ends_at: endsAt }).where('period_id', '=', periodId).execute();
}

/** Corrects a period's bounds. Its start stays behind the end of the period before it: no moment belongs to two. */
export async function moveQuotaRow(
  tx: Transaction<Tables>,
  { periodId, entitlementId }: { periodId: string; entitlementId: string },
  { startsAt, endsAt }: PeriodBounds,
): Promise<void> {
  await sql`
update quotas q set ends_at = ${endsAt}, starts_at = least(q.starts_at, greatest(${startsAt}::timestamptz,
  (select max(p.ends_at) from quotas p where p.entitlement_id = ${entitlementId} and p.period_id <> q.period_id and p.starts_at < q.starts_at)))
where q.period_id = ${periodId}`.execute(tx);
}
