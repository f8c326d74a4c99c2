import type { LeaseRequest } from '@api-factory/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** The result of the grant statement. */
export interface GrantRow {
  /**
   * `grant`: a recorded period covers this window. `begin`: none touches it. `align`: the recorded
   * periods no longer match plan and anchor, and nothing was changed.
   */
  due: 'grant' | 'begin' | 'align';
  /**
   * False: nothing was changed, because of `align`, or because a row changed while the statement
   * waited for its lock.
   */
  done: boolean;
  quota_limit: number | null;
  now_ms: number;
  period_id: string;
  starts_at: Date;
  ends_at: Date;
  granted: number;
  unleased: number;
}

export interface GrantParts {
  gatewayId: string;
  request: LeaseRequest;
  /** Id of the period, if one begins. */
  newPeriodId: string;
}

/**
 * One statement: starts a period if needed, takes back surrendered units, then grants. It reads a
 * snapshot first and locks rows afterwards; if the locked rows differ from the snapshot it writes
 * nothing and must run again under the lock (`done`). Every row is found by a full index key, so
 * the plan, which is cached, fits any table size: see `byKeyOnly`.
 * @returns undefined when the entitlement does not exist
 */
export async function grantUnits(db: Kysely<Tables>, parts: GrantParts): Promise<GrantRow | undefined> {
  const { rows } = await sql<GrantRow>`-- name: grant_units
with ${subjectOf(parts)}, ${lockedBy(parts)}, ${decidedFrom(parts)}, ${writtenAs(parts)}
select due, done, quota_limit, target as period_id, case due when 'grant' then starts_at else window_starts end as starts_at,
  window_ends as ends_at, granted, greatest(0, available - case when replayed then 0 else granted end) as unleased,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
from outcome`.execute(db);
  return rows[0];
}

/**
 * The entitlement's plan terms, its current window, and the last recorded period that touches it,
 * if any.
 */
const subjectOf = ({ request: { entitlementId } }: GrantParts): RawBuilder<unknown> => sql`terms as materialized (
  select e.id, e.anchor, e.plan_id, e.plan_version, v.quota_limit, v.quota_period,
    date_trunc('milliseconds', e.anchor) at time zone 'UTC' as origin, statement_timestamp() at time zone 'UTC' as moment
  from entitlements e join plan_versions v on v.plan_id = e.plan_id and v.version = e.plan_version where e.id = ${entitlementId}
), counted as materialized (${windowOf(sql`terms`)}
), subject as materialized (
  select c.*, q.period_id, q.starts_at, case when q.period_id is null then 'begin'
    when q.starts_at <= c.window_starts and q.ends_at = c.window_ends then 'grant' else 'align' end as due
  from counted c left join lateral (
    select period_id, starts_at, ends_at from quotas where entitlement_id = c.id and merged_into is null and starts_at < c.window_ends
    order by starts_at desc limit 1
  ) q on q.ends_at > c.window_starts
)`;

/**
 * The rows that the decision depends on, from the snapshot (`seen`, `held`) and under their locks
 * (`locked`).
 */
const lockedBy = ({ gatewayId, request: { entitlementId, periodId } }: GrantParts): RawBuilder<unknown> => sql`seen as materialized (
  select q.period_id, q.xmin::text as version from quotas q where q.period_id = any(array(
    select ${periodId}::text union all select period_id from subject where due = 'grant'
    union all select m.period_id from subject s cross join lateral (select period_id from quotas where merged_into = s.period_id) m where s.due = 'grant'
  ))
), claim as materialized (
  -- Waits for a concurrent change of plan or anchor, then reads both again.
  select e.id from entitlements e where e.id = ${entitlementId}
    and (e.anchor, e.plan_id, e.plan_version) = (select anchor, plan_id, plan_version from subject where due = 'begin') for share of e
), locked as materialized (
  -- The count forces claim to run first.
  select q.period_id, q.merged_into, q.settled, q.leased, q.xmin::text as version from quotas q
  where (select count(*) from claim) >= 0 and q.period_id = any(array(select period_id from seen)) order by q.period_id for update
), held as materialized (
  select l.period_id, l.units, l.request_id, l.request_granted from leases l
  where l.gateway_id = ${gatewayId} and l.period_id = any(array(select period_id from seen))
)`;

/** Decides how many units are taken back and granted. */
const decidedFrom = ({ gatewayId, request }: GrantParts): RawBuilder<unknown> => {
  const { requestId, entitlementId, periodId, need, want, surrender } = request;
  return sql`state as materialized (
  select s.*, g.settled, g.leased, g.surrenders,
    (select count(*) from seen) = (select count(*) from seen join locked using (period_id, version)) as fresh,
    coalesce(h.units, 0) as units, coalesce(h.request_id = ${requestId}, false) as replayed, h.request_granted,
    coalesce((select least(${surrender}::bigint, hs.units, qs.leased) from locked qs join held hs using (period_id)
      where qs.period_id = ${periodId}), 0) as surrendered,
    -- The first response to this request was lost and its period has ended since: already surrendered.
    exists (select from held where request_id = ${requestId}) or exists (select from leases le where le.gateway_id = ${gatewayId}
      and le.request_id = ${requestId} and le.period_id = any(array(select period_id from quotas
        where entitlement_id = ${entitlementId} and merged_into is null order by starts_at desc limit 8))) as surrender_done
  from subject s left join held h on s.due = 'grant' and h.period_id = s.period_id cross join lateral (
    select coalesce(sum(k.settled), 0)::bigint as settled, coalesce(sum(k.leased), 0)::bigint as leased,
      coalesce(bool_or(k.period_id = ${periodId}), false) as surrenders
    from locked k where s.due = 'grant' and coalesce(k.merged_into, k.period_id) = s.period_id
  ) g
), returns as (
  select *, case when fresh and not surrender_done then surrendered else 0 end as returned from state
), rest as (
  select *, quota_limit - settled - leased + case when surrenders then returned else 0 end as available from returns
), decision as materialized (
  select *, case when quota_limit is null then 0 when replayed then request_granted
    when available >= ${need}::bigint then least(${want}::bigint, greatest(available, 0)) else 0 end as granted
  from rest
)`;
};

/** Writes the decision, unless a row changed meanwhile. */
const writtenAs = ({ gatewayId, request: { requestId, periodId }, newPeriodId }: GrantParts): RawBuilder<unknown> => sql`begun as (
  insert into quotas (period_id, entitlement_id, starts_at, ends_at, leased)
  select ${newPeriodId}, id, window_starts, window_ends, granted from decision where due = 'begin' and fresh and exists (select from claim)
  on conflict (entitlement_id, starts_at) where merged_into is null do nothing returning period_id
), outcome as materialized (
  select d.*, fresh and (due = 'grant' or due = 'begin' and b.period_id is not null) as done, coalesce(b.period_id, d.period_id) as target
  from decision d left join begun b on true
), work as materialized (
  select * from outcome where done and not replayed and (returned > 0 or granted > 0)
), quota_change as (
  update quotas q set leased = q.leased
    - case when q.period_id = ${periodId} then w.returned else 0 end
    + case when q.period_id = w.period_id then w.granted else 0 end
  from work w where q.period_id = any(array[w.period_id, case when w.returned > 0 then ${periodId}::text end])
), older_lease as (
  update leases l set units = l.units - w.returned
  from work w where l.gateway_id = ${gatewayId} and l.period_id = ${periodId} and l.period_id <> w.target and w.returned > 0
), lease as (
  insert into leases (gateway_id, period_id, units, request_id, request_granted)
  select ${gatewayId}, target, units + granted - case when target = ${periodId} then returned else 0 end, ${requestId}, granted from work
  on conflict (gateway_id, period_id) do update
    set units = excluded.units, request_id = excluded.request_id, request_granted = excluded.request_granted
)`;

/**
 * `periodAt` in SQL, for a statement that can’t be split. `terms` is a relation with
 * `quota_period`, and with `origin` (the anchor in whole milliseconds) and `moment` as UTC
 * timestamps without time zone. Returns its columns plus `window_starts` and `window_ends`.
 */
export const windowOf = (terms: RawBuilder<unknown>): RawBuilder<unknown> => sql`
select t.*, (t.origin + n.step * u.unit) at time zone 'UTC' as window_starts, (t.origin + (n.step + 1) * u.unit) at time zone 'UTC' as window_ends
from ${terms} t
cross join lateral (select case t.quota_period when 'day' then interval '1 day' else interval '1 month' end as unit) u
cross join lateral (select case t.quota_period when 'day' then floor(extract(epoch from t.moment - t.origin) / 86400)::int
  else ((extract(year from t.moment) - extract(year from t.origin)) * 12 + extract(month from t.moment) - extract(month from t.origin))::int end as guess) g
cross join lateral (select case when t.origin + g.guess * u.unit > t.moment then g.guess - 1 else g.guess end as step) n`;
