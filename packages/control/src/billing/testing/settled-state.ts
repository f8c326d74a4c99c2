import { effectiveStatus } from '@api-factory/core';
import { expect } from 'vitest';
import { createSnapshotSource } from '../../snapshot.ts';
import type { BilledApp } from './billed-app.ts';
import { expectedOf } from './expected-state.ts';
import type { Account } from './mutations.ts';

/**
 * A key with the subscription that it was created for, and the last status that the operator set.
 */
export interface KnownKey {
  id: string;
  subscriptionId: string;
  operatorStatus: 'enabled' | 'suspended' | 'revoked';
}

type Expected = Awaited<ReturnType<typeof expectedOf>>;

/**
 * Compares the stored state with the account: subscriptions and entitlements have the derived
 * access, each key the worse of operator status and access, no event is unsettled, and quota
 * periods do not overlap.
 */
export async function expectSettled(app: BilledApp, account: Account, keys: readonly KnownKey[]): Promise<void> {
  expect(await openEvents(app), 'unsettled events').toEqual([]);
  const guard = await guarded(app);
  for (const customerId of account.customers) {
    const expected = await expectedOf(app, account, customerId);
    await expectMirror(app, expected);
    expectKeysFollow(guard, expected, keys);
  }
  expectOperatorStatuses(guard, keys);
  await expectOneEntitlementEach(app);
  await expectNoOverlap(app);
}

export const openEvents = ({ database: { db } }: BilledApp) =>
  db.selectFrom('stripe_events').select(['id', 'type', 'state', 'last_error']).where('state', 'in', ['pending', 'dead']).execute();

/**
 * Stripe lists nothing for a deleted customer, so one that was deleted before its first sync has no
 * rows.
 */
async function expectMirror({ database: { db } }: BilledApp, { truth, subscriptions }: Expected): Promise<void> {
  const rows = await db
    .selectFrom('subscriptions as s')
    .leftJoin('entitlements as e', 'e.id', 's.entitlement_id')
    .selectAll('s')
    .select([
      'e.access as entitlementAccess',
      'e.plan_id as entitlementPlan',
      'e.anchor as entitlementAnchor',
      'e.subscription_id as entitlementOf',
    ])
    .where('s.customer_id', '=', truth.customerId)
    .execute();
  for (const [index, { id, access, graceUntil, planId, backedBy }] of subscriptions.entries()) {
    const { status, anchor } = truth.subscriptions[index]!;
    const row = rows.find((one) => one.id === id);
    if (row === undefined && truth.deleted) continue;
    // Without items the price is unknown.
    expect(row, id).toMatchObject({ access, grace_until: graceUntil, backed_by: backedBy, status, anchor });
    if (row?.entitlement_id == null) expect(['none', 'revoked'], id).toContain(access);
    else {
      const entitlement = {
        entitlementAccess: access === 'none' ? 'revoked' : access,
        entitlementPlan: planId ?? row.entitlementPlan,
        entitlementAnchor: anchor,
        entitlementOf: id,
      };
      expect(row, id).toMatchObject(entitlement);
    }
  }
}

interface Guarded {
  /** Statuses in the guard's snapshot; a missing key is revoked. */
  seen: Map<string, 'enabled' | 'suspended' | 'revoked'>;
  rows: Map<
    string,
    { operatorStatus: 'enabled' | 'suspended' | 'revoked'; access: Parameters<typeof effectiveStatus>[1]; subscriptionId: string | null }
  >;
}

async function guarded({ database: { db }, context }: BilledApp): Promise<Guarded> {
  const modes = { keyMode: context.keyMode, billingMode: context.billing!.mode };
  const { keys } = await createSnapshotSource(db, modes).since([]);
  const rows = await db
    .selectFrom('keys')
    .innerJoin('entitlements as e', 'e.id', 'keys.entitlement_id')
    .select(['keys.id', 'keys.operator_status as operatorStatus', 'e.access', 'e.subscription_id as subscriptionId'])
    .execute();
  return { seen: new Map(keys.map(({ id, status }) => [id, status])), rows: new Map(rows.map(({ id, ...row }) => [id, row])) };
}

/** A key follows its subscription, or the successor once that has ended. */
function expectKeysFollow({ seen, rows }: Guarded, { subscriptions }: Expected, keys: readonly KnownKey[]): void {
  const accessOf = new Map(subscriptions.map(({ id, access }) => [id, access]));
  for (const { id, subscriptionId, operatorStatus } of keys) {
    const own = subscriptions.find((one) => one.id === subscriptionId);
    if (own === undefined) continue;
    const holder = own.backedBy ?? own.id;
    expect(rows.get(id)?.subscriptionId, `${id} of ${subscriptionId}`).toBe(holder);
    const access = accessOf.get(holder)!;
    expect(seen.get(id) ?? 'revoked', `${id} of ${subscriptionId}`).toBe(
      effectiveStatus(operatorStatus, access === 'none' ? 'revoked' : access),
    );
  }
}

/** Billing never changes the operator status. */
function expectOperatorStatuses({ seen, rows }: Guarded, keys: readonly KnownKey[]): void {
  for (const { id, operatorStatus } of keys) expect(rows.get(id)?.operatorStatus, id).toBe(operatorStatus);
  for (const [id, { operatorStatus, access }] of rows) expect(seen.get(id) ?? 'revoked', id).toBe(effectiveStatus(operatorStatus, access));
}

async function expectOneEntitlementEach({ database: { db } }: BilledApp): Promise<void> {
  const entitlements = await db.selectFrom('entitlements').select(['id', 'subscription_id']).where('source', '=', 'subscription').execute();
  const rows = await db.selectFrom('subscriptions').select(['id', 'entitlement_id']).where('entitlement_id', 'is not', null).execute();
  const pairs = (all: string[]) => all.sort();
  expect(pairs(entitlements.map(({ id, subscription_id }) => `${subscription_id} ${id}`))).toEqual(
    pairs(rows.map(({ id, entitlement_id }) => `${id} ${entitlement_id}`)),
  );
}

async function expectNoOverlap({ database: { db } }: BilledApp): Promise<void> {
  const overlaps = await db
    .selectFrom('quotas as a')
    .innerJoin('quotas as b', 'a.entitlement_id', 'b.entitlement_id')
    .select(['a.period_id', 'b.period_id as other'])
    .whereRef('a.period_id', '<', 'b.period_id')
    .where('a.merged_into', 'is', null)
    .where('b.merged_into', 'is', null)
    .whereRef('a.starts_at', '<', 'b.ends_at')
    .whereRef('b.starts_at', '<', 'a.ends_at')
    .execute();
  expect(overlaps, 'quota periods that overlap').toEqual([]);
}
