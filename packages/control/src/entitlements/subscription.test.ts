import type { SnapshotMark } from '@api-factory/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSnapshotSource } from '../snapshot.ts';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { change, SYSTEM, type Write } from '../transaction/change.ts';
import { newId } from '../usage/testing/fixtures.ts';
import { moveEntitlement } from './change.ts';
import { findEntitlement } from './store.ts';
import { type Grant, grantEntitlement, moveKeys, setAccess, setAnchor } from './subscription.ts';

const DAY = 86_400_000;

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling() });
});
afterAll(() => control.close());

const write = <T>(work: (write: Write) => Promise<T>): Promise<T> => change(control.context, SYSTEM, work);
const snapshots = () => createSnapshotSource(control.database.db, { keyMode: 'test', billingMode: 'sandbox' });
const heldNow = async () => [await snapshots().since([])];
const auditOf = async (objectId: string) =>
  (
    await control.database.db.selectFrom('audit').select(['action', 'details']).where('object_id', '=', objectId).orderBy('id').execute()
  ).map(({ action, details }) => ({ action, ...details }));

async function aConsumer(): Promise<string> {
  return (await control.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
}

const grant = async (parts: Partial<Grant> = {}) => {
  const consumerId = parts.consumerId ?? (await aConsumer());
  const defaults = { planId: 'pro', planVersion: 1, mode: 'sandbox' as const, subscriptionId: newId('sub'), access: 'active' as const };
  return write((tx) => grantEntitlement(tx, { ...defaults, anchor: new Date(), ...parts, consumerId }));
};
const aKey = async (entitlementId: string) => (await control.call('POST', '/keys', { name: 'bought', entitlementId })).body.data;

describe('an entitlement of a subscription', () => {
  test('belongs to its consumer, on the sold plan version, and starts at the subscription’s anchor', async () => {
    const consumerId = await aConsumer();
    const anchor = new Date(Date.now() + 14 * DAY);
    const row = await grant({ consumerId, anchor, subscriptionId: 'sub_trial', access: 'grace' });
    const stored = await control.database.db.selectFrom('entitlements').selectAll().where('id', '=', row.id).executeTakeFirstOrThrow();
    expect(stored).toMatchObject({ source: 'subscription', mode: 'sandbox', subscription_id: 'sub_trial', access: 'grace', anchor });
    expect(await findEntitlement(control.database.db, row.id)).toEqual(row);
    expect(row).toMatchObject({ consumerId, planId: 'pro', planVersion: 1 });
    expect(await auditOf(row.id)).toMatchObject([{ action: 'entitlement.create', subscriptionId: 'sub_trial', access: 'grace' }]);
  });

  test('is unique per subscription', async () => {
    const { subscriptionId, consumerId } = await grant();
    await expect(grant({ subscriptionId: subscriptionId as string, consumerId: consumerId as string })).rejects.toThrow(/unique/);
  });
});

describe('access', () => {
  test('changes reach the guard as the status of every key, and keep the operator status', async () => {
    const { id } = await grant();
    const [key, suspendedKey] = [await aKey(id), await aKey(id)];
    await control.call('POST', `/keys/${suspendedKey.id}/suspend`);
    const statuses = async (after: SnapshotMark[]) =>
      new Map((await snapshots().since(after)).keys.map((row) => [row.id, [row.status, row.byBilling]]));
    for (const [access, status, byBilling] of [
      ['grace', 'enabled', false],
      ['suspended', 'suspended', true],
      ['active', 'enabled', false],
      ['revoked', 'revoked', false],
      ['active', 'enabled', false],
    ] as const) {
      const before = await heldNow();
      expect(await write((tx) => setAccess(tx, id, access))).toBe(true);
      const suspendedKeyStatus = access === 'revoked' ? 'revoked' : 'suspended';
      expect(await statuses(before)).toEqual(
        new Map<string, unknown>([
          [key.id, [status, byBilling]],
          [suspendedKey.id, [suspendedKeyStatus, false]],
        ]),
      );
    }
    const stored = await control.database.db
      .selectFrom('keys')
      .select(['id', 'operator_status as operatorStatus'])
      .where('entitlement_id', '=', id)
      .execute();
    expect(new Map(stored.map((row) => [row.id, row.operatorStatus]))).toEqual(
      new Map([
        [key.id, 'enabled'],
        [suspendedKey.id, 'suspended'],
      ]),
    );
  });

  test('set to the same value again writes no audit entry and does not notify the gateway', async () => {
    const { id } = await grant();
    const [changesBefore, entries] = [control.changes(), await auditOf(id)];
    expect(await write((tx) => setAccess(tx, id, 'active'))).toBe(false);
    expect([control.changes(), await auditOf(id)]).toEqual([changesBefore, entries]);
  });

  test('set to none revokes an existing grant', async () => {
    const { id } = await grant();
    expect([await write((tx) => setAccess(tx, id, 'none')), await write((tx) => setAccess(tx, id, 'none'))]).toEqual([true, false]);
    expect((await findEntitlement(control.database.db, id))?.access).toBe('revoked');
    expect((await auditOf(id)).at(-1)).toEqual({ action: 'entitlement.access', access: 'revoked', from: 'active' });
  });

  test('and anchor can’t be set on an entitlement created by the operator', async () => {
    const { entitlementId } = (await control.call('POST', '/keys', { name: 'given', plan: 'pro' })).body.data;
    await expect(write((tx) => setAccess(tx, entitlementId, 'revoked'))).rejects.toThrow('not an entitlement of a subscription');
    await expect(write((tx) => setAnchor(tx, entitlementId, new Date()))).rejects.toThrow('not an entitlement of a subscription');
    await expect(write((tx) => setAccess(tx, 'entitlement_none', 'revoked'))).rejects.toThrow('not an entitlement of a subscription');
  });
});

describe('keys that move', () => {
  test('use the other entitlement, with their operator status and expiry unchanged', async () => {
    const [from, to] = [await grant(), await grant({ planId: 'enterprise' })];
    const [key, revoked] = [await aKey(from.id), await aKey(from.id)];
    await control.call('POST', `/keys/${revoked.id}/revoke`);
    const before = await heldNow();
    expect(await write((tx) => moveKeys(tx, from.id, to.id))).toBe(2);
    expect((await control.call('GET', `/keys/${key.id}`)).body.data).toMatchObject({
      entitlementId: to.id,
      subscriptionId: to.subscriptionId,
      plan: 'enterprise',
      status: 'enabled',
    });
    expect((await control.call('GET', `/keys/${revoked.id}`)).body.data.status).toBe('revoked');
    expect((await snapshots().since(before)).keys).toContainEqual(expect.objectContaining({ id: key.id, entitlementId: to.id }));
    expect(await auditOf(key.id)).toContainEqual({ action: 'key.move', from: from.id, to: to.id });
  });

  test('are selected by the entitlement they were issued in, even after a rotation, and can move back', async () => {
    const [from, to, third] = [await grant(), await grant(), await grant()];
    const [key, own] = [await aKey(from.id), await aKey(to.id)];
    await write((tx) => moveKeys(tx, from.id, to.id));
    const rotated = (await control.call('POST', `/keys/${key.id}/rotate`, { overlapSeconds: 60 })).body.data;
    const entitlementOf = async ({ id }: { id: string }) => (await control.call('GET', `/keys/${id}`)).body.data.entitlementId;
    expect(await write((tx) => moveKeys(tx, from.id, third.id))).toBe(2);
    expect([await entitlementOf(key), await entitlementOf(rotated), await entitlementOf(own)]).toEqual([third.id, third.id, to.id]);
    expect(await write((tx) => moveKeys(tx, from.id, from.id))).toBe(2);
    expect(await write((tx) => moveKeys(tx, third.id, to.id))).toBe(0);
    expect([await entitlementOf(key), await entitlementOf(own)]).toEqual([from.id, to.id]);
  });

  test('from an empty entitlement, or to their own, change nothing', async () => {
    const [from, to] = [await grant(), await grant()];
    await aKey(to.id);
    const changesBefore = control.changes();
    expect(await write((tx) => moveKeys(tx, from.id, to.id))).toBe(0);
    expect(await write((tx) => moveKeys(tx, to.id, to.id))).toBe(0);
    expect(control.changes()).toBe(changesBefore);
  });
});

describe('a plan change', () => {
  test('for existing entitlements raises the limits of subscriptions at once', async () => {
    const { id } = await grant({ planId: 'starter' });
    const key = await aKey(id);
    const edit = { name: 'Starter', quota: { limit: 2_000, period: 'month' }, rate: { limit: 60, windowSeconds: 60 } };
    const before = await heldNow();
    await control.call('PUT', '/plans/starter', { ...edit, existing: 'keep' });
    expect((await control.call('GET', `/keys/${key.id}`)).body.data.planVersion).toBe(1);
    await control.call('PUT', '/plans/starter', { ...edit, existing: 'now' });
    expect((await control.call('GET', `/keys/${key.id}`)).body.data.planVersion).toBe(2);
    const { plans, entitlements } = await snapshots().since(before);
    expect(entitlements).toMatchObject([{ id, planId: 'starter', planVersion: 2 }]);
    expect(plans).toMatchObject([{ id: 'starter', version: 2, quotaLimit: 2_000 }]);
  });

  test('can move an entitlement to a given version', async () => {
    const row = await grant();
    expect(await write((tx) => moveEntitlement(tx, row, 'starter', 1))).toBe(true);
    expect(await write((tx) => moveEntitlement(tx, { ...row, planId: 'starter' }, 'starter', 1))).toBe(false);
    expect(await findEntitlement(control.database.db, row.id)).toMatchObject({ planId: 'starter', planVersion: 1 });
  });
});
