import type { BillingMode, KeyMode, ShownKeyStatus } from '@api-factory/core';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { hasStatus } from '../keys/store.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

/** The keys to count and the time: `isOfMode` in SQL. */
export interface CountedModes {
  keyMode: KeyMode;
  /** null: billing is off, and keys of subscriptions don’t count. */
  billingMode: BillingMode | null;
  now: Date;
}

const isCounted = ({ keyMode, billingMode }: CountedModes) =>
  sql`keys.mode = ${keyMode} and (entitlements.mode is null or entitlements.mode is not distinct from ${billingMode}::text)`;

export interface PlanCounts {
  id: string;
  name: string;
  enabled: number;
  suspended: number;
  revoked: number;
  expired: number;
  /** Subset of `enabled`. */
  grace: number;
  /** Subset of `suspended`: not suspended by the operator. */
  suspendedByBilling: number;
  /** Entitlements with an unrevoked key. */
  entitlements: number;
}

/**
 * Fits hash tables of 100,000 keys; with the default of 4 MB Postgres sorts instead and takes twice
 * as long.
 */
const WORK_MEM = '64MB';

/**
 * Runs a statement that reads every key, with enough memory. Without statistics Postgres might
 * choose nested loops, which would be far too slow.
 */
const readAllKeys = <T>(db: Database, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> =>
  db
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      // JIT compilation takes longer than it saves here.
      await sql`set local work_mem = ${sql.lit(WORK_MEM)}; set local enable_nestloop = off; set local jit = off`.execute(tx);
      return work(tx);
    });

/**
 * Counts the keys of every plan by status in one pass. Grouped by entitlement first, which hashes:
 * count(distinct) per plan would sort.
 */
export async function countByPlan(db: Database, here: CountedModes): Promise<PlanCounts[]> {
  const are = (status: ShownKeyStatus) => hasStatus(status, here.now);
  const { rows } = await sql<PlanCounts>`
with counted as (
  select plan_id, entitlements.id, count(*) as keys,
    count(*) filter (where ${are('enabled')}) as enabled,
    count(*) filter (where ${are('suspended')}) as suspended,
    count(*) filter (where ${are('revoked')}) as revoked,
    count(*) filter (where ${are('expired')}) as expired,
    count(*) filter (where ${are('enabled')} and access = 'grace') as grace,
    count(*) filter (where ${are('suspended')} and operator_status = 'enabled') as by_billing
  from keys join entitlements on entitlements.id = keys.entitlement_id
  where ${isCounted(here)}
  group by entitlements.id
)
select p.id, v.name, coalesce(sum(enabled), 0)::bigint as enabled, coalesce(sum(suspended), 0)::bigint as suspended,
  coalesce(sum(revoked), 0)::bigint as revoked, coalesce(sum(expired), 0)::bigint as expired, coalesce(sum(grace), 0)::bigint as grace,
  coalesce(sum(by_billing), 0)::bigint as "suspendedByBilling", count(*) filter (where keys > revoked) as entitlements
from plans p join plan_versions v on v.plan_id = p.id and v.version = p.current_version left join counted c on c.plan_id = p.id
group by p.id, v.name`.execute(db);
  return rows;
}

/** A limited entitlement with its settled units in the current period and its newest active key. */
export interface QuotaUse {
  entitlementId: string;
  keyId: string;
  name: string;
  plan: string;
  used: number;
  limit: number;
  periodEnd: Date;
}

export interface QuotaTotals {
  /** Total units, capped at the largest safe integer. */
  used: number;
  limit: number;
  /** How many have used at least `share` of their quota. */
  near: number;
  /** The entitlements with the highest share, highest first. */
  top: QuotaUse[];
}

/**
 * Sums up the quotas of entitlements that have a limit and a key that is neither revoked nor
 * expired. Current periods are found by their end, so ended ones cost nothing, and include the
 * periods merged into them. If an entitlement has several, the latest counts, as for a lease.
 * Entitlements without usage in the current period have no row in `quotas`. Keys are only looked up
 * for the shown rows.
 */
export function sumQuotas(db: Database, here: CountedModes, { share, most }: { share: number; most: number }): Promise<QuotaTotals> {
  const { now } = here;
  const living = sql`${isCounted(here)} and (${hasStatus('enabled', now)} or ${hasStatus('suspended', now)})`;
  return readAllKeys(db, async (tx) => {
    const { rows } = await sql<QuotaUse & { allUsed: number; allLimit: number; near: number }>`
with merged as (
  select merged_into, sum(settled) as settled from quotas where merged_into is not null group by merged_into
), open as (
  select entitlement_id, count(*) as periods, max(q.settled + coalesce(m.settled, 0))::bigint as settled, max(ends_at) as ends_at
  from quotas q left join merged m on m.merged_into = q.period_id
  where q.merged_into is null and starts_at <= ${now} and ends_at > ${now} group by entitlement_id
), used as (
  select entitlements.id, entitlements.plan_id, quota_limit,
    coalesce(case when o.periods > 1 then (${latest(WITH_MERGED, now)}) else o.settled end, 0)::bigint as settled,
    case when o.periods > 1 then (${latest(sql`q.ends_at`, now)}) else o.ends_at end as ends_at
  from entitlements join plan_versions v on v.plan_id = entitlements.plan_id and v.version = entitlements.plan_version
    left join open o on o.entitlement_id = entitlements.id
  where quota_limit is not null and exists (select from keys where entitlement_id = entitlements.id and ${living})
), shares as (
  select *, case when quota_limit > 0 then settled::float8 / quota_limit else 0 end as share from used
), shown as (
  select *, least(sum(settled) over (), 9007199254740991)::bigint as all_used, least(sum(quota_limit) over (), 9007199254740991)::bigint as all_limit,
    count(*) filter (where share >= ${share}) over () as near
  from shares order by share desc, id limit ${most}
)
select entitlements.id as "entitlementId", key.id as "keyId", key.name, entitlements.plan_id as plan, settled as used, quota_limit as "limit",
  ends_at as "periodEnd", all_used as "allUsed", all_limit as "allLimit", near
from shown entitlements join lateral (
  select keys.id, keys.name from keys where entitlement_id = entitlements.id and keys.mode = ${here.keyMode} and keys.operator_status <> 'revoked'
    and (keys.expires_at is null or keys.expires_at > ${now}) order by keys.created_at desc, keys.id desc limit 1
) key on true
order by share desc, entitlements.id`.execute(tx);
    const [first] = rows;
    if (first === undefined) return { used: 0, limit: 0, near: 0, top: [] };
    return { used: first.allUsed, limit: first.allLimit, near: first.near, top: rows.slice(0, first.near) };
  });
}

/** Settled units of period `q`, including periods merged into it. */
const WITH_MERGED = sql`(q.settled + coalesce((select sum(m.settled) from quotas m where m.merged_into = q.period_id), 0))::bigint`;

/** A column of an entitlement’s latest current period. */
const latest = (column: RawBuilder<unknown>, now: Date) => sql`select ${column} from quotas q
  where q.entitlement_id = entitlements.id and q.merged_into is null and q.starts_at <= ${now} and q.ends_at > ${now} order by q.starts_at desc limit 1`;

export interface Today {
  consumers: number;
  calls: number;
  units: number;
  refusals: number;
  quarantined: number;
}

/** `midnight`: start of the UTC day. */
export async function countToday(db: Database, midnight: Date): Promise<Today> {
  const { rows } = await sql<Today>`
select (select count(*) from consumers) as consumers, (select count(*) from usage_quarantine) as quarantined,
  coalesce((select sum(count) from usage_refusals where minute >= ${midnight}), 0)::bigint as refusals,
  coalesce(sum(calls), 0)::bigint as calls, coalesce(sum(units), 0)::bigint as units
from usage_days where bucket = ${midnight}`.execute(db);
  return rows[0] as Today;
}

export interface BillingCounts {
  drift: number;
  flags: number;
  disputes: number;
}

/** `since`: start of the drift window. A dispute counts until it is won or released. */
export async function countBilling(db: Database, mode: BillingMode, since: Date): Promise<BillingCounts> {
  const { rows } = await sql<BillingCounts>`
select (select count(*) from billing_drift where mode = ${mode} and at >= ${since}) as drift,
  (select count(*) from billing_flags where mode = ${mode}) as flags,
  (select count(*) from disputes where mode = ${mode} and hold and released_at is null) as disputes`.execute(db);
  return rows[0] as BillingCounts;
}
