import { sql } from 'kysely';
import type { Database } from '../store/database.ts';

/** The columns for a consumer’s view of its own key; null when no key has the hash. */
export const findOwnKey = async (db: Database, hash: string): Promise<OwnKeyRow | null> =>
  (await selectOwn(db).where('keys.hash', '=', hash).executeTakeFirst()) ?? null;

/** Same by id, whatever the key’s status. */
export const findOwnKeyById = async (db: Database, id: string): Promise<OwnKeyRow | null> =>
  (await selectOwn(db).where('keys.id', '=', id).executeTakeFirst()) ?? null;

const selectOwn = (db: Database) =>
  db
    .selectFrom('keys')
    .innerJoin('entitlements as e', 'e.id', 'keys.entitlement_id')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
    .select(['keys.id', 'keys.name', 'keys.hash', 'keys.mode', 'keys.operator_status as operatorStatus', 'keys.expires_at as expiresAt'])
    .leftJoin('subscriptions as s', (join) => join.onRef('s.mode', '=', 'e.mode').onRef('s.id', '=', 'e.subscription_id'))
    .select(['e.mode as billingMode', 'e.access', 's.current_period_end as currentPeriodEnd', 's.cancel_at as cancelAt'])
    .select('s.grace_until as graceUntil')
    .select(['keys.entitlement_id as entitlementId', 'e.anchor', 'e.plan_id as planId', 'v.quota_limit as quotaLimit'])
    .select(['v.quota_period as quotaPeriod', 'v.rate_limit as rateLimit', 'v.rate_window_seconds as rateWindowSeconds']);

export type OwnKeyRow = Awaited<ReturnType<ReturnType<typeof selectOwn>['executeTakeFirstOrThrow']>>;

export interface QuotaRow {
  startsAt: Date;
  endsAt: Date;
  settled: number;
}

/**
 * The current quota period, including usage of periods merged into it; null before its first lease.
 */
export async function currentQuota(db: Database, entitlementId: string, now: Date): Promise<QuotaRow | null> {
  const row = await db
    .selectFrom('quotas')
    .select(['starts_at as startsAt', 'ends_at as endsAt'])
    .select(
      sql<number>`settled + coalesce((select sum(m.settled) from quotas m where m.merged_into = quotas.period_id), 0)::bigint`.as(
        'settled',
      ),
    )
    .where('entitlement_id', '=', entitlementId)
    .where('merged_into', 'is', null)
    .where('starts_at', '<=', now)
    .where('ends_at', '>', now)
    .orderBy('starts_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}
