import type { LeaseRequest } from '@api-factory/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** The result of the grant statement for one request. */
export interface GrantRow {
  entitlement_id: string;
  /**
   * `grant`: a recorded period covers this window. `begin`: none touches it. `align`: the recorded
   * periods no longer match plan and anchor, and nothing was changed.
   */
  due: 'grant' | 'begin' | 'align';
  /**
   * False: nothing was changed, because of `align`, because a row changed while the statement
   * waited for its lock, or because another transaction holds a lock that `grantMany` skips.
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
  /** Each of another entitlement: the statement finds the rows of a request by its entitlement. */
  requests: readonly LeaseRequest[];
  /** Makes the id of a period, if one begins. */
  newPeriodId: () => string;
}

/** What to do about a row that another transaction has locked. */
type Locked = 'wait' | 'skip';

/**
 * One statement: starts a period if needed, takes back surrendered units, then grants. It reads a
 * snapshot first and locks rows afterwards; if the locked rows differ from the snapshot it writes
 * nothing and must run again under the lock (`done`). Every row is found by a full index key, so
 * the plan, which is cached, fits any table size: see `byKeyOnly`.
 * @returns undefined when the entitlement does not exist
 */
export async function grantOne(
  db: Kysely<Tables>,
  parts: Omit<GrantParts, 'requests'> & { request: LeaseRequest },
): Promise<GrantRow | undefined> {
  const [row] = await grant(db, { ...parts, requests: [parts.request] }, 'wait');
  return row;
}

/**
 * The same for many requests at once. It waits for no row lock, so that batches can’t deadlock: a
 * request whose rows are locked is not done.
 * @returns rows in any order, none for an entitlement that does not exist
 */
export const grantMany = (db: Kysely<Tables>, parts: GrantParts): Promise<GrantRow[]> => grant(db, parts, 'skip');

async function grant(db: Kysely<Tables>, parts: GrantParts, locked: Locked): Promise<GrantRow[]> {
  const { rows } = await sql<GrantRow>`${sql.raw(`-- name: grant_units_${locked}`)}
with ${subjectsOf(parts)}, ${lockedBy(parts, locked)}, ${decidedFrom(parts)}, ${writtenAs(parts)}
select id as entitlement_id, due, done, quota_limit, target as period_id, case due when 'grant' then starts_at else window_starts end as starts_at,
  window_ends as ends_at, granted, greatest(0, available - case when replayed then 0 else granted end) as unleased,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
from outcome`.execute(db);
  return rows;
}

/**
 * For each request: the entitlement's plan terms, its current window, and the last recorded period
 * that touches it, if any.
 */
function subjectsOf({ requests, newPeriodId }: GrantParts): RawBuilder<unknown> {
  const column = (pick: (request: LeaseRequest) => unknown) => sql`${requests.map(pick)}`;
  const entitlementIds = column(({ entitlementId }) => entitlementId);
  return sql`asked as materialized (
  select * from unnest(${entitlementIds}::text[], ${column(({ requestId }) => requestId)}::text[], ${column(({ periodId }) => periodId)}::text[],
    ${column(({ need }) => need)}::bigint[], ${column(({ want }) => want)}::bigint[], ${column(({ surrender }) => surrender)}::bigint[],
    ${column(newPeriodId)}::text[]) as r (entitlement_id, asked_id, asked_period, need, want, surrender, new_period_id)
), terms as materialized (
  select e.id, e.anchor, e.plan_id, e.plan_version, v.quota_limit, v.quota_period,
    date_trunc('milliseconds', e.anchor) at time zone 'UTC' as origin, statement_timestamp() at time zone 'UTC' as moment
  from entitlements e
  cross join lateral (select quota_limit, quota_period from plan_versions where plan_id = e.plan_id and version = e.plan_version offset 0) v
  where e.id = any(${entitlementIds}::text[])
), counted as materialized (${windowOf(sql`terms`)}
), subject as materialized (
  select c.*, r.asked_id, r.asked_period, r.need, r.want, r.surrender, r.new_period_id, q.period_id, q.starts_at,
    case when q.period_id is null then 'begin' when q.starts_at <= c.window_starts and q.ends_at = c.window_ends then 'grant' else 'align' end as due
  from counted c join asked r on r.entitlement_id = c.id left join lateral (
    select period_id, starts_at, ends_at from quotas where entitlement_id = c.id and merged_into is null and starts_at < c.window_ends
    order by starts_at desc limit 1
  ) q on q.ends_at > c.window_starts
)`;
}

/**
 * The rows that the decisions depend on, from the snapshot (`seen`, `held`) and under their locks
 * (`locked`).
 */
function lockedBy({ gatewayId }: GrantParts, locked: Locked): RawBuilder<unknown> {
  const orSkip = sql.raw(locked === 'skip' ? 'skip locked' : '');
  return sql`seen as materialized (
  select q.entitlement_id, q.period_id, q.xmin::text as version from quotas q where q.period_id = any(array(
    select asked_period from subject union all select period_id from subject where due = 'grant'
    union all select period_id from quotas where merged_into = any(array(select period_id from subject where due = 'grant'))
  ))
), claim as materialized (
  -- Waits for a concurrent change of plan or anchor, then reads both again.
  select e.id, e.anchor, e.plan_id, e.plan_version from entitlements e
  where e.id = any(array(select id from subject where due = 'begin')) order by e.id for share of e ${orSkip}
), locked as materialized (
  -- The count forces claim to run first.
  select q.period_id, q.merged_into, q.settled, q.leased, q.xmin::text as version from quotas q
  where (select count(*) from claim) >= 0 and q.period_id = any(array(select period_id from seen)) order by q.period_id for update ${orSkip}
), held as materialized (
  select l.period_id, l.units, l.request_id, l.request_granted from leases l
  where l.gateway_id = ${gatewayId} and l.period_id = any(array(select period_id from seen))
)`;
}

/** Decides how many units are taken back and granted. */
const decidedFrom = ({ gatewayId }: GrantParts): RawBuilder<unknown> => sql`state as materialized (
  select s.*, g.settled, g.leased, g.surrenders,
    not exists (select from seen n where n.entitlement_id = s.id
      and not exists (select from locked k where k.period_id = n.period_id and k.version = n.version)) as fresh,
    coalesce(h.units, 0) as units, coalesce(h.request_id = s.asked_id, false) as replayed, h.request_granted,
    coalesce((select least(s.surrender, hs.units, qs.leased) from locked qs join held hs using (period_id)
      where qs.period_id = s.asked_period), 0) as surrendered,
    -- The first response to this request was lost and its period has ended since: already surrendered.
    s.surrender > 0 and (exists (select from held where request_id = s.asked_id) or exists (select from leases le
      where le.gateway_id = ${gatewayId} and le.request_id = s.asked_id and le.period_id = any(array(select period_id from quotas
        where entitlement_id = s.id and merged_into is null order by starts_at desc limit 8)))) as surrender_done
  from subject s left join held h on s.due = 'grant' and h.period_id = s.period_id cross join lateral (
    select coalesce(sum(k.settled), 0)::bigint as settled, coalesce(sum(k.leased), 0)::bigint as leased,
      coalesce(bool_or(k.period_id = s.asked_period), false) as surrenders
    from locked k where s.due = 'grant' and coalesce(k.merged_into, k.period_id) = s.period_id
  ) g
), returns as (
  select *, case when fresh and not surrender_done then surrendered else 0 end as returned from state
), rest as (
  select *, quota_limit - settled - leased + case when surrenders then returned else 0 end as available from returns
), decision as materialized (
  select *, case when quota_limit is null then 0 when replayed then request_granted
    when available >= need then least(want, greatest(available, 0)) else 0 end as granted
  from rest
)`;

/** Writes the decisions, except those whose rows changed meanwhile. */
const writtenAs = ({ gatewayId }: GrantParts): RawBuilder<unknown> => sql`begun as (
  insert into quotas (period_id, entitlement_id, starts_at, ends_at, leased)
  -- In order: two gateways that begin the same periods wait for each other's rows.
  select new_period_id, id, window_starts, window_ends, granted from decision d
  where due = 'begin' and fresh and exists (select from claim c
    where (c.id, c.anchor, c.plan_id, c.plan_version) = (d.id, d.anchor, d.plan_id, d.plan_version)) order by id
  on conflict (entitlement_id, starts_at) where merged_into is null do nothing returning period_id, entitlement_id
), outcome as materialized (
  select d.*, fresh and (due = 'grant' or due = 'begin' and b.period_id is not null) as done, coalesce(b.period_id, d.period_id) as target
  from decision d left join begun b on b.entitlement_id = d.id
), work as materialized (
  select * from outcome where done and not replayed and (returned > 0 or granted > 0)
), quota_change as materialized (
  select period_id, sum(units)::bigint as units from (
    select period_id, granted as units from work where due = 'grant' union all select asked_period, -returned from work where returned > 0
  ) c group by period_id
), changed_quota as (
  update quotas q set leased = q.leased + c.units from quota_change c
  where q.period_id = c.period_id and q.period_id = any(array(select period_id from quota_change))
), older_lease as (
  update leases l set units = l.units - w.returned
  from work w where l.gateway_id = ${gatewayId} and l.period_id = w.asked_period and l.period_id <> w.target and w.returned > 0
    and l.period_id = any(array(select period_id from seen))
), lease as (
  insert into leases (gateway_id, period_id, units, request_id, request_granted)
  select ${gatewayId}, target, units + granted - case when target = asked_period then returned else 0 end, asked_id, granted from work
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
