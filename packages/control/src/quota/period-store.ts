import { type PeriodBounds, type PeriodLength, periodAt } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { type Alignment, alignTo, type LivePeriod } from './alignment.ts';

type Tx = Transaction<Tables>;

/** What an entitlement's periods are computed from; `now` is the database's time. */
export interface PeriodBasis {
  anchor: Date;
  quotaPeriod: PeriodLength;
  now: Date;
}

/**
 * Locks the entitlement, so that none of its periods is created or aligned until the transaction
 * ends, and reads what its periods are computed from. Lock order (decision 0041): the entitlement,
 * its rows of `quotas` by period id, then rows of `leases`.
 */
export async function lockPeriodBasis(tx: Tx, entitlementId: string): Promise<PeriodBasis> {
  await sql`select from entitlements where id = ${entitlementId} for no key update`.execute(tx);
  return tx
    .selectFrom('entitlements as e')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
    .select(['e.anchor', 'v.quota_period as quotaPeriod', sql<Date>`statement_timestamp()`.as('now')])
    .where('e.id', '=', entitlementId)
    .executeTakeFirstOrThrow();
}

/**
 * The periods that touch a window, by start. They and the periods merged into them are locked: no
 * lease is granted and no usage settled by the old bounds. A waiting grant finds the rows changed
 * and reads again.
 */
export async function lockPeriodsTouching(tx: Tx, entitlementId: string, { startsAt, endsAt }: PeriodBounds): Promise<LivePeriod[]> {
  const { rows } = await sql<LivePeriod & { mergedInto: string | null }>`
with touching as materialized (
  select period_id from quotas
  where entitlement_id = ${entitlementId} and merged_into is null and ends_at > ${startsAt} and starts_at < ${endsAt}
)
select period_id as "periodId", merged_into as "mergedInto", starts_at as "startsAt", ends_at as "endsAt",
  coalesce(opened_at, starts_at) as "openedAt"
from quotas where period_id = any(array(
  select period_id from touching union all select m.period_id from touching t join quotas m on m.merged_into = t.period_id
))
order by period_id for update`.execute(tx);
  const openedAt = (id: string) => Math.max(...rows.filter((row) => (row.mergedInto ?? row.periodId) === id).map((row) => +row.openedAt));
  return rows
    .filter(({ mergedInto }) => mergedInto === null)
    .map(({ mergedInto: _, ...row }) => ({ ...row, openedAt: new Date(openedAt(row.periodId)) }))
    .sort((a, b) => +a.startsAt - +b.startsAt);
}

/** Ends a period early. */
export async function endPeriod(tx: Tx, periodId: string, endsAt: Date): Promise<void> {
  await tx.updateTable('quotas').set({ ends_at: endsAt }).where('period_id', '=', periodId).execute();
}

/**
 * Writes an alignment. The period's own row is always updated: that makes waiting grants read
 * again.
 */
export async function writeAlignment(tx: Tx, { periodId, startsAt, endsAt, merged }: Alignment): Promise<void> {
  if (merged.length > 0) {
    await sql`update quotas set merged_into = ${periodId} where period_id = any(${merged}) or merged_into = any(${merged})`.execute(tx);
  }
  await sql`
update quotas set starts_at = ${startsAt}, ends_at = ${endsAt}, opened_at = coalesce(opened_at, starts_at) where period_id = ${periodId}`.execute(
    tx,
  );
}

/**
 * Brings the recorded periods in line with the current plan and anchor: one period covers the
 * current window and includes all units used in it, or in a period that straddles its start. Does
 * nothing when no recorded period touches the window.
 */
export async function alignPeriods(tx: Tx, entitlementId: string): Promise<void> {
  const { anchor, quotaPeriod, now } = await lockPeriodBasis(tx, entitlementId);
  const window = periodAt(anchor, quotaPeriod, now);
  const alignment = alignTo(window, await lockPeriodsTouching(tx, entitlementId, window));
  if (alignment !== null) await writeAlignment(tx, alignment);
}
