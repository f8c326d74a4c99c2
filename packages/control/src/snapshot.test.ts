import type { BillingMode, SnapshotMark } from '@api-factory/core';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSnapshotSource } from './snapshot.ts';
import { type FreshDatabase, freshDatabase } from './testing/database.ts';
import { heldAt } from './testing/marks.ts';
import { nextSnapshotVersion } from './transaction/store.ts';
import { anEntitlement, aPlan, aPlanVersion, newId } from './usage/testing/fixtures.ts';

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await freshDatabase();
});
afterEach(() => fresh.drop());

const source = () => createSnapshotSource(fresh.db, { keyMode: 'live', billingMode: null });
const setVersion = (version: number) => fresh.db.updateTable('snapshot_version').set({ version }).execute();

async function aKey(
  entitlementId: string,
  parts: { version?: number; operatorStatus?: 'enabled' | 'suspended' | 'revoked'; mode?: 'live' | 'test'; expiresAt?: Date } = {},
): Promise<string> {
  const id = newId('key');
  await fresh.db
    .insertInto('keys')
    .values({
      id,
      entitlement_id: entitlementId,
      name: id,
      hash: `hash_${id}`,
      prefix: 'af_live_0000',
      last4: '0000',
      mode: parts.mode ?? 'live',
      operator_status: parts.operatorStatus ?? 'enabled',
      expires_at: parts.expiresAt ?? null,
      rotated_from: null,
      revoked_at: null,
      snapshot_version: parts.version ?? 1,
    })
    .execute();
  return id;
}

async function aSubscribedEntitlement({
  billingMode,
  access = 'active',
}: {
  billingMode: BillingMode;
  access?: 'active' | 'grace' | 'suspended' | 'revoked';
}) {
  const id = await anEntitlement(fresh.db);
  const subscription = { source: 'subscription' as const, mode: billingMode, subscription_id: `sub_${id}`, access };
  await fresh.db.updateTable('entitlements').set(subscription).where('id', '=', id).execute();
  return id;
}

describe('a complete snapshot', () => {
  test('of an empty database is empty', async () => {
    expect(await source().since([])).toMatchObject({ version: 0, complete: true, plans: [], entitlements: [], keys: [] });
  });

  test('contains the keys with their entitlements and the plan versions in use', async () => {
    const planId = await aPlan(fresh.db, { limit: 5, apis: ['hello', 'actions'] });
    await aPlanVersion(fresh.db, planId, 2);
    await aPlan(fresh.db);
    const anchor = new Date('2026-01-31T00:00:00Z');
    const entitlementId = await anEntitlement(fresh.db, { planId, anchor });
    const expiresAt = new Date('2030-01-01T00:00:00Z');
    const id = await aKey(entitlementId, { expiresAt });
    const suspended = await aKey(entitlementId, { operatorStatus: 'suspended' });
    await setVersion(4);
    const { keys, ...rest } = await source().since([]);
    expect(rest).toEqual({
      version: 4,
      stamp: expect.any(String),
      complete: true,
      plans: [{ id: planId, version: 1, rateLimit: 60, rateWindowMs: 60_000, quotaLimit: 5, apis: ['hello', 'actions'] }],
      entitlements: [{ id: entitlementId, consumerId: null, planId, planVersion: 1, anchor: anchor.getTime(), snapshotVersion: 1 }],
    });
    expect(keys).toHaveLength(2);
    const shown = { entitlementId, byBilling: false, snapshotVersion: 1 };
    expect(keys).toContainEqual({ ...shown, id, hash: `hash_${id}`, status: 'enabled', expiresAt: expiresAt.getTime() });
    expect(keys).toContainEqual({ ...shown, id: suspended, hash: `hash_${suspended}`, status: 'suspended', expiresAt: null });
  });

  test('contains neither revoked keys nor keys of another mode', async () => {
    const entitlementId = await anEntitlement(fresh.db, { limit: null });
    await aKey(entitlementId, { operatorStatus: 'revoked' });
    const test = await aKey(entitlementId, { mode: 'test' });
    const change = await source().since([]);
    expect(change.keys).toEqual([]);
    expect(change.plans).toMatchObject([{ quotaLimit: null, apis: null }]);
    expect((await createSnapshotSource(fresh.db, { keyMode: 'test', billingMode: null }).since([])).keys).toMatchObject([{ id: test }]);
  });

  test('contains only those subscription keys that belong to the active billing mode', async () => {
    const keys = new Map<string, string>();
    for (const [billingMode, mode] of [
      ['sandbox', 'test'],
      ['test', 'test'],
      ['live', 'live'],
    ] as const) {
      keys.set(billingMode, await aKey(await aSubscribedEntitlement({ billingMode }), { mode }));
    }
    const [operatorsLive, operatorsTest] = [
      await aKey(await anEntitlement(fresh.db)),
      await aKey(await anEntitlement(fresh.db), { mode: 'test' }),
    ];
    const shown = async (keyMode: 'live' | 'test', billingMode: BillingMode | null) =>
      (await createSnapshotSource(fresh.db, { keyMode, billingMode }).since([])).keys.map(({ id }) => id).sort();
    expect(await shown('test', 'sandbox')).toEqual([keys.get('sandbox'), operatorsTest].sort());
    expect(await shown('test', 'test')).toEqual([keys.get('test'), operatorsTest].sort());
    expect(await shown('live', 'live')).toEqual([keys.get('live'), operatorsLive].sort());
    expect(await shown('live', null)).toEqual([operatorsLive]);
    await setVersion(1);
    const patch = await createSnapshotSource(fresh.db, { keyMode: 'live', billingMode: null }).since(await heldAt(fresh.db, 0));
    expect(patch.keys.filter(({ status }) => status !== 'revoked').map(({ id }) => id)).toEqual([operatorsLive]);
  });

  test.each([
    ['enabled', 'active', 'enabled', false],
    ['enabled', 'grace', 'enabled', false],
    ['enabled', 'suspended', 'suspended', true],
    ['suspended', 'active', 'suspended', false],
    ['suspended', 'suspended', 'suspended', false],
    ['enabled', 'revoked', null, false],
    ['suspended', 'revoked', null, false],
    ['revoked', 'active', null, false],
  ] as const)(
    'gives a key with the operator status %s and the access %s the effective status %s',
    async (operatorStatus, access, status, byBilling) => {
      await aKey(await aSubscribedEntitlement({ access, billingMode: 'live' }), { operatorStatus });
      await setVersion(1);
      const live = createSnapshotSource(fresh.db, { keyMode: 'live', billingMode: 'live' });
      expect((await live.since([])).keys).toMatchObject(status === null ? [] : [{ status, byBilling }]);
      expect((await live.since(await heldAt(fresh.db, 0))).keys).toMatchObject([{ status: status ?? 'revoked', byBilling }]);
    },
  );

  test('is sent to a gateway whose version this database has not reached', async () => {
    await aKey(await anEntitlement(fresh.db));
    await setVersion(1);
    expect(await source().since(await heldAt(fresh.db, 2))).toMatchObject({ version: 1, complete: true, keys: [{}] });
  });
});

describe('after a failover that reused a version', () => {
  /** A version that the gateway read and the failover lost. */
  const lost = { version: 2, stamp: '11111111-1111-4111-8111-111111111111' };

  const afterFailover = async () => {
    const key = await aKey(await anEntitlement(fresh.db));
    const marks: SnapshotMark[] = [];
    for (let count = 0; count < 3; count += 1) marks.push(await fresh.db.transaction().execute(nextSnapshotVersion));
    return { key, marks };
  };

  test('a gateway with the lost stamp gets a complete snapshot, for the current or an earlier version', async () => {
    const { key, marks } = await afterFailover();
    expect(await source().since([lost])).toMatchObject({ ...marks[2], complete: true, keys: [{ id: key }] });
    await setVersion(2);
    expect(await source().since([lost])).toMatchObject({ version: 2, complete: true, keys: [{ id: key }] });
  });

  test('a gateway that was notified of the lost version gets a complete snapshot too', async () => {
    const [first, second] = (await afterFailover()).marks as [SnapshotMark, SnapshotMark];
    expect(await source().since([first, lost])).toMatchObject({ complete: true });
    expect(await source().since([first, second])).toMatchObject({ complete: false, version: 3 });
  });

  test('each version has its own stamp, and old stamps are deleted', async () => {
    const { marks } = await afterFailover();
    expect(new Set(marks.map(({ stamp }) => stamp)).size).toBe(3);
    await setVersion(10_001);
    await fresh.db.transaction().execute(nextSnapshotVersion);
    const kept = await fresh.db.selectFrom('snapshot_stamps').select('version').orderBy('version').execute();
    expect(kept.map(({ version }) => version)).toEqual([3, 10_002]);
  });
});

test.each([1_999, 2_000, 2_001])('%i keys are all read, in pages of 2,000', async (count) => {
  const entitlementId = await anEntitlement(fresh.db);
  await sql`insert into keys (id, entitlement_id, name, hash, prefix, last4, snapshot_version)
    select 'many_' || n, ${entitlementId}, 'many', 'hash_' || n, 'af_live_0000', '0000', 1 from generate_series(1, ${count}::int) n`.execute(
    fresh.db,
  );
  await setVersion(1);
  expect((await source().since([])).keys).toHaveLength(count);
  expect((await source().since(await heldAt(fresh.db, 0))).keys).toHaveLength(count);
});

describe('a change', () => {
  test('is empty when nothing changed', async () => {
    await aKey(await anEntitlement(fresh.db));
    await setVersion(1);
    expect(await source().since(await heldAt(fresh.db, 1))).toMatchObject({
      version: 1,
      complete: false,
      plans: [],
      entitlements: [],
      keys: [],
    });
  });

  test('contains only rows that are newer than the version', async () => {
    const entitlementId = await anEntitlement(fresh.db, { snapshotVersion: 1 });
    await aKey(entitlementId, { version: 1 });
    const changed = await aKey(entitlementId, { version: 2 });
    const revoked = await aKey(entitlementId, { version: 3, operatorStatus: 'revoked' });
    const foreign = await aKey(entitlementId, { version: 3, mode: 'test' });
    await setVersion(3);
    const change = await source().since(await heldAt(fresh.db, 1));
    expect(change).toMatchObject({ version: 3, complete: false, plans: [], entitlements: [] });
    expect(new Map(change.keys.map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        [changed, 'enabled'],
        [revoked, 'revoked'],
        [foreign, 'revoked'],
      ]),
    );
    expect((await source().since(await heldAt(fresh.db, 2))).keys).toHaveLength(2);
  });

  test('includes the plan version of a moved entitlement, however old that version is', async () => {
    const planId = await aPlan(fresh.db, { snapshotVersion: 1 });
    await aPlanVersion(fresh.db, planId, 2, { snapshotVersion: 1 });
    const entitlementId = await anEntitlement(fresh.db, { planId, snapshotVersion: 1 });
    await fresh.db.updateTable('entitlements').set({ plan_version: 2, snapshot_version: 5 }).where('id', '=', entitlementId).execute();
    await setVersion(5);
    expect(await source().since(await heldAt(fresh.db, 4))).toMatchObject({
      plans: [{ id: planId, version: 2 }],
      entitlements: [{ id: entitlementId, planVersion: 2 }],
      keys: [],
    });
  });
});

test('a change that commits during a read is complete in the next one', async () => {
  const entitlementId = await anEntitlement(fresh.db);
  const key = await aKey(entitlementId);
  await setVersion(1);
  const writer = await fresh.db.startTransaction().execute();
  await writer.updateTable('snapshot_version').set({ version: 2 }).execute();
  await writer.updateTable('keys').set({ operator_status: 'suspended', snapshot_version: 2 }).where('id', '=', key).execute();
  expect(await source().since(await heldAt(fresh.db, 1))).toMatchObject({ version: 1, keys: [] });
  await writer.commit().execute();
  expect(await source().since(await heldAt(fresh.db, 1))).toMatchObject({ version: 2, keys: [{ id: key, status: 'suspended' }] });
});
