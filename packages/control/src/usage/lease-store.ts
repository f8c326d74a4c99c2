import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { LeaseRequest } from './model.ts';
import type { PeriodBounds, PeriodLength } from './periods.ts';

/** A database or a transaction on it. */
type Executor = Kysely<Tables>;

/**
 * Lock order, here and where usage is settled (decision 0041): the gateway, the entitlement, rows of `quotas` by period id, rows of `leases`. Whoever changes a
 * lease updates the lease's quota row in the same transaction, so an unchanged quota row proves that its leases are unchanged.
 */

/** What the grant statement found and did. */
export interface GrantRow {
  anchor: Date;
  quota_period: PeriodLength;
  quota_limit: number | null;
  now_ms: number;
  /** null: no period covers this moment yet, and nothing was changed. */
  period_id: string | null;
  starts_at: Date;
  ends_at: Date;
  /** False: a row changed while the statement waited for its lock, and nothing was changed by it. */
  fresh: boolean;
  granted: number;
  unleased: number;
}

/**
 * One statement: gives the surrendered units back, then grants. It reads under one snapshot and locks afterwards; when the
 * locked rows are not the ones of the snapshot (`fresh` is false) it writes nothing, and is to be run again under the lock.
 * @returns undefined when there is no such entitlement
 */
export async function grantUnits(db: Executor, gatewayId: string, request: LeaseRequest): Promise<GrantRow | undefined> {
  const { requestId, entitlementId, periodId, need, want, surrender } = request;
  const { rows } = await sql<GrantRow>`-- name: grant_units
with subject as (
  select e.anchor, v.quota_period, v.quota_limit,
    (select period_id from quotas q where q.entitlement_id = e.id and q.starts_at <= statement_timestamp()
       and q.ends_at > statement_timestamp() order by q.starts_at desc limit 1) as period_id
  from entitlements e join plan_versions v on v.plan_id = e.plan_id and v.version = e.plan_version
  where e.id = ${entitlementId}
), seen as (
  select q.period_id, q.xmin::text as version from quotas q, subject s
  where s.period_id is not null and q.period_id in (s.period_id, ${periodId})
), locked as (
  select q.period_id, q.starts_at, q.ends_at, q.settled, q.leased, q.xmin::text as version
  from quotas q where q.period_id in (select period_id from seen) order by q.period_id for update
), held as (
  select l.period_id, l.units, l.request_id, l.request_granted
  from leases l where l.gateway_id = ${gatewayId} and l.period_id in (select period_id from seen)
), state as materialized (
  select s.*, q.starts_at, q.ends_at, q.settled, q.leased,
    (select count(*) from seen) = (select count(*) from seen join locked using (period_id, version)) as fresh,
    coalesce(h.units, 0) as units, h.request_id is not null and h.request_id = ${requestId} as replayed, h.request_granted,
    coalesce((select least(${surrender}::bigint, hs.units, qs.leased) from locked qs join held hs using (period_id)
      where qs.period_id = ${periodId}), 0) as surrendered,
    -- The first answer to this request was lost and its period has ended since: the surrender is done.
    exists (select from leases le where le.gateway_id = ${gatewayId} and le.request_id = ${requestId} and le.period_id in
      (select period_id from quotas qe where qe.entitlement_id = ${entitlementId} order by starts_at desc limit 8)) as surrender_done
  from subject s left join locked q on q.period_id = s.period_id left join held h on h.period_id = s.period_id
), due as (
  select *, case when fresh and not surrender_done then surrendered else 0 end as returned from state
), rest as (
  select *, quota_limit - settled - leased + case when period_id = ${periodId} then returned else 0 end as available from due
), decision as (
  select *, case when quota_limit is null then 0 when replayed then request_granted
    when available >= ${need}::bigint then least(${want}::bigint, greatest(available, 0)) else 0 end as granted
  from rest
), work as (
  select * from decision where fresh and not replayed and (returned > 0 or granted > 0)
), quota_change as (
  update quotas q set leased = q.leased
    - case when q.period_id = ${periodId} then w.returned else 0 end
    + case when q.period_id = w.period_id then w.granted else 0 end
  from work w where q.period_id = w.period_id or (q.period_id = ${periodId} and w.returned > 0)
), older_lease as (
  update leases l set units = l.units - w.returned
  from work w where l.gateway_id = ${gatewayId} and l.period_id = ${periodId} and l.period_id <> w.period_id and w.returned > 0
), lease as (
  insert into leases (gateway_id, period_id, units, request_id, request_granted)
  select ${gatewayId}, period_id, units + granted - case when period_id = ${periodId} then returned else 0 end, ${requestId}, granted from work
  on conflict (gateway_id, period_id) do update
    set units = excluded.units, request_id = excluded.request_id, request_granted = excluded.request_granted
)
select anchor, quota_period, quota_limit, period_id, starts_at, ends_at, fresh, granted,
  greatest(0, available - case when replayed then 0 else granted end) as unleased,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
from decision`.execute(db);
  return rows[0];
}

/** Makes the current transaction the only one to change these periods' quotas and leases until it ends. @returns those that there are */
export async function lockPeriods(db: Executor, periodIds: string[]): Promise<Set<string>> {
  const { rows } = await sql<{
    id: string;
  }>`select period_id as id from quotas where period_id = any(${periodIds}) order by period_id for update`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Begins a period. A row that begins at the same time is taken again, with its end corrected: never a second one. Nothing is begun when the
 * entitlement's anchor has moved since `bounds` were counted from `anchor`: they would overlap the period of the new one.
 */
export async function beginPeriod(
  db: Executor,
  { periodId, entitlementId, anchor, bounds }: { periodId: string; entitlementId: string; anchor: Date; bounds: PeriodBounds },
): Promise<void> {
  // The lock waits for a move that is under way, and looks at the anchor again after it. Anchors were read in whole milliseconds.
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at)
select ${periodId}, id, ${bounds.startsAt}, ${bounds.endsAt} from entitlements
where id = ${entitlementId} and date_trunc('milliseconds', anchor) = ${anchor} for share
on conflict (entitlement_id, starts_at) do update set ends_at = excluded.ends_at`.execute(db);
}

/** Moves the end of a period whose plan got another length. */
export async function correctPeriodEnd(db: Executor, periodId: string, endsAt: Date): Promise<void> {
  await db.updateTable('quotas').set({ ends_at: endsAt }).where('period_id', '=', periodId).execute();
}

/** What becomes of the units that a gateway holds: `released` may be leased again, `spent` count as settled. */
export type Closing = 'released' | 'spent';

/** Who holds leases, and in which boot of its host. */
export interface Holder {
  gatewayId: string;
  bootId: string;
}

/**
 * Ends every lease of a gateway, in one transaction, and notes the boot that they were ended in: a start that fails before
 * this must find the old boot again.
 */
export async function closeLeases(db: Executor, { gatewayId, bootId }: Holder, closing: Closing): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // The gateway first, as a batch of usage does: an older process of this gateway may still be settling one.
    await sql`update gateways set boot_id = ${bootId} where id = ${gatewayId}`.execute(tx);
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
