import { sql, type Transaction } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import type { SubscriptionsTable } from '../store/tables-billing.ts';

/** Also named in billing/model.ts, which this folder may not import. */
export type BillingMode = SubscriptionsTable['mode'];
export type Access = SubscriptionsTable['access'];
/** The access values that a row can hold: an entitlement that grants nothing is not created. */
export type GrantedAccess = Exclude<Access, 'none'>;

export interface EntitlementRow {
  id: string;
  consumerId: string | null;
  planId: string;
  planVersion: number;
  /** These three are null for an entitlement created by the operator. */
  mode: BillingMode | null;
  subscriptionId: string | null;
  access: GrantedAccess | null;
}

/** Fields that only an entitlement of a subscription has. */
export interface SubscriptionParts {
  mode: BillingMode;
  subscriptionId: string;
  /** Start of the first quota period: the subscription's billing anchor. */
  anchor: Date;
  access: GrantedAccess;
}

export async function findEntitlement(db: Database, id: string): Promise<EntitlementRow | null> {
  const row = await db
    .selectFrom('entitlements')
    .select(['id', 'consumer_id as consumerId', 'plan_id as planId', 'plan_version as planVersion'])
    .select(['mode', 'subscription_id as subscriptionId', 'access'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Quota periods count from `anchor`, else from now, on the database’s clock: an anchor ahead of
 * that clock, when this process’s clock is fast, would end the first period at once.
 */
export async function insertEntitlement(
  tx: Transaction<Tables>,
  row: EntitlementRow,
  { at, version, anchor }: { at: Date; version: number; anchor?: Date },
): Promise<void> {
  await tx
    .insertInto('entitlements')
    .values({
      id: row.id,
      consumer_id: row.consumerId,
      plan_id: row.planId,
      plan_version: row.planVersion,
      source: row.subscriptionId === null ? 'operator' : 'subscription',
      mode: row.mode,
      subscription_id: row.subscriptionId,
      access: row.access,
      anchor: anchor ?? sql<Date>`least(${at}::timestamptz, now())`,
      created_at: at,
      snapshot_version: version,
    })
    .execute();
}

export async function setEntitlementPlan(
  tx: Transaction<Tables>,
  id: string,
  { planId, planVersion, version }: { planId: string; planVersion: number; version: number },
): Promise<void> {
  await tx
    .updateTable('entitlements')
    .set({ plan_id: planId, plan_version: planVersion, snapshot_version: version })
    .where('id', '=', id)
    .execute();
}

/** Also stamps its keys: access is part of each key’s status in the guard. */
export async function setEntitlementAccess(
  tx: Transaction<Tables>,
  id: string,
  { access, version }: { access: GrantedAccess; version: number },
): Promise<void> {
  await tx.updateTable('entitlements').set({ access, snapshot_version: version }).where('id', '=', id).execute();
  await tx.updateTable('keys').set({ snapshot_version: version }).where('entitlement_id', '=', id).execute();
}

export async function setEntitlementAnchor(
  tx: Transaction<Tables>,
  id: string,
  { anchor, version }: { anchor: Date; version: number },
): Promise<void> {
  await tx.updateTable('entitlements').set({ anchor, snapshot_version: version }).where('id', '=', id).execute();
}

/**
 * Moves the keys that were issued in entitlement `from`, wherever they are now. @returns ids of the
 * moved keys
 */
export async function moveKeysOf(
  tx: Transaction<Tables>,
  { from, to }: { from: string; to: string },
  { at, version }: { at: Date; version: number },
): Promise<string[]> {
  const rows = await tx
    .updateTable('keys')
    .set({ entitlement_id: to, origin_entitlement_id: from === to ? null : from, updated_at: at, snapshot_version: version })
    .where((is) =>
      is.or([is('origin_entitlement_id', '=', from), is.and([is('origin_entitlement_id', 'is', null), is('entitlement_id', '=', from)])]),
    )
    .where('entitlement_id', '<>', to)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id).sort();
}
