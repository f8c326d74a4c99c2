import type { Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

type Tx = Transaction<Tables>;

/** What the periods of an entitlement are counted from, and how long they are; undefined when there is no such entitlement. */
export const periodAnchor = (tx: Tx, entitlementId: string) =>
  tx
    .selectFrom('entitlements as e')
    .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'e.plan_id').onRef('v.version', '=', 'e.plan_version'))
    .select(['e.anchor', 'v.quota_period'])
    .where('e.id', '=', entitlementId)
    .executeTakeFirst();

/** The entitlement's period that begins then; null when there is none. */
export async function periodBeginningAt(tx: Tx, entitlementId: string, startsAt: Date): Promise<string | null> {
  const row = await tx
    .selectFrom('quotas')
    .select('period_id')
    .where('entitlement_id', '=', entitlementId)
    .where('starts_at', '=', startsAt)
    .executeTakeFirst();
  return row?.period_id ?? null;
}
