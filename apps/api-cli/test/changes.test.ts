import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, freshDatabase } from '@api-factory/control/testing/database';
import { holdLock, untilWaiting } from '@api-factory/control/testing/held-lock';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectStatus, planLimits } from './support/api.ts';
import { aProduct, type ProductOn, productOn, type TestProduct } from './support/product.ts';

let t: TestProduct;
beforeAll(async () => {
  t = await aProduct();
});
afterAll(() => t.stop());
afterEach(() => vi.restoreAllMocks());

const outcome = async (key: string) => {
  const { status, body } = await t.call(key);
  return status === 200 ? '200' : `${status} ${body.code}`;
};
/** Makes the gateway unable to read keys, while writes still work. */
const failReads = () => vi.spyOn(t.product.gateway.snapshot, 'refresh').mockRejectedValue(new Error('the database does not respond'));

describe('while the keys can’t be read from the database', () => {
  it('a revoked key and a suspended key are refused on the next call', async () => {
    const [revoked, suspended] = [await t.issue(), await t.issue()];
    expect([await outcome(revoked.key), await outcome(suspended.key)]).toEqual(['200', '200']);
    failReads();
    await expectStatus(t.admin('POST', `/keys/${revoked.id}/revoke`), 200);
    await expectStatus(t.admin('POST', `/keys/${suspended.id}/suspend`), 200);
    expect([await outcome(revoked.key), await outcome(suspended.key)]).toEqual(['401 INVALID_KEY', '403 KEY_SUSPENDED']);
  });

  it('a new key, a rotated key and a lowered plan take effect on the next call', async () => {
    const plan = await t.plan({ quota: 100 });
    const old = await t.issue({ plan });
    expect(await outcome(old.key)).toBe('200');
    failReads();
    const created = (await expectStatus(t.admin('POST', '/keys', { name: 'new', plan }), 201)).body.data;
    const rotated = (await expectStatus(t.admin('POST', `/keys/${old.id}/rotate`, {}), 201)).body.data;
    expect([await outcome(created.key), await outcome(rotated.key), await outcome(old.key)]).toEqual(['200', '200', '401 INVALID_KEY']);
    await expectStatus(t.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota: 1 }) }), 200);
    expect([await outcome(created.key), await outcome(rotated.key)]).toEqual(['429 QUOTA_EXCEEDED', '429 QUOTA_EXCEEDED']);
  });

  it('a revocation that the gateway can’t apply returns 503 CHANGE_NOT_IN_EFFECT until it is in effect', async () => {
    const { id, key } = await t.issue();
    expect(await outcome(key)).toBe('200');
    const { snapshot } = t.product.gateway;
    failReads();
    vi.spyOn(snapshot, 'accept').mockRejectedValue(new Error('not applicable'));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { body } = await expectStatus(t.admin('POST', `/keys/${id}/revoke`), 503);
      expect(body).toMatchObject({ code: 'CHANGE_NOT_IN_EFFECT', error: { details: { stored: true, boundSeconds: 30 } } });
    }
    vi.restoreAllMocks();
    await snapshot.refresh();
    await expectStatus(t.admin('POST', `/keys/${id}/revoke`), 200);
    expect(await outcome(key)).toBe('401 INVALID_KEY');
  });

  it('a repeated revocation that did not reach the gateway returns 503 until the gateway has read it', async () => {
    const { id, key } = await t.issue();
    expect(await outcome(key)).toBe('200');
    failReads();
    // As when the response to the commit is lost: the stored change is not passed to the gateway.
    vi.spyOn(t.product.gateway.snapshot, 'accept').mockResolvedValueOnce();
    await t.admin('POST', `/keys/${id}/revoke`);
    const { body } = await expectStatus(t.admin('POST', `/keys/${id}/revoke`), 503);
    expect([body.code, await outcome(key)]).toEqual(['CHANGE_NOT_IN_EFFECT', '200']);
    vi.restoreAllMocks();
    await expectStatus(t.admin('POST', `/keys/${id}/revoke`), 200);
    expect(await outcome(key)).toBe('401 INVALID_KEY');
  });
});

describe('an edit of a plan with thousands of entitlements', () => {
  const MANY = 5_000;
  const edit = (on: ProductOn, plan: string, quota: number) =>
    expectStatus(on.admin('PUT', `/plans/${plan}`, { name: plan, ...planLimits({ quota }) }), 200);
  const moving = async (on: ProductOn, plan: string) => (await on.admin('GET', `/plans/${plan}`)).body.data.moving;
  /**
   * Adds entitlements whose ids sort before those the product creates, so that the product's own is
   * in the last chunk.
   */
  const addMany = (on: ProductOn, plan: string) =>
    sql`insert into entitlements (id, plan_id, plan_version, snapshot_version)
      select 'a_' || ${plan} || n, ${plan}, 1, 0 from generate_series(1, ${MANY}::int) n`.execute(on.product.db);
  /** Selects an entitlement that is neither in the first chunk nor in the last. */
  const amongMany = (plan: string) => `select id from entitlements where plan_id = '${plan}' order by id offset ${MANY / 2} limit 1`;
  const movedAfter = async (plan: string, keyId: string) => {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from entitlements
      where plan_id = ${plan} and snapshot_version > (select snapshot_version from keys where id = ${keyId})`.execute(t.product.db);
    return rows[0]?.count ?? 0;
  };
  /**
   * Stops the product while a lock is held, and cancels statements that wait for it, so that their
   * chunk is not moved.
   */
  const closeWhileLocked = async (url: string, on: ProductOn) => {
    let isClosed = false;
    const closing = on.product.close().then(() => {
      isClosed = true;
    });
    const cancelWaiting = () =>
      ask(url, `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    await expect.poll(() => cancelWaiting().then(() => isClosed), { timeout: 30_000 }).toBe(true);
    await closing;
  };

  it('returns immediately, moves them in the background, recalls their leases, and does not block revocations', async () => {
    const plan = await t.plan({ quota: 100 });
    const { key, entitlementId } = await t.issue({ plan });
    const other = await t.issue();
    expect([await outcome(key), await outcome(other.key)]).toEqual(['200', '200']);
    await addMany(t, plan);
    const chunk = await holdLock(t.database, `select from entitlements where id = (${amongMany(plan)}) for update`);
    const { data } = (await edit(t, plan, 1)).body;
    expect(data.moved + data.moving).toBe(MANY + 1);
    expect(data.moving).toBeGreaterThan(0);
    await untilWaiting(t.database, 1);
    const revoked = t.admin('POST', `/keys/${other.id}/revoke`);
    await untilWaiting(t.database, 2);
    expect(await moving(t, plan)).toBeGreaterThan(0);
    await chunk.release();
    await expectStatus(revoked, 200);
    expect(await outcome(other.key)).toBe('401 INVALID_KEY');
    await expect.poll(() => moving(t, plan), { timeout: 30_000 }).toBe(0);
    expect(await movedAfter(plan, other.id)).toBeGreaterThan(0);
    expect(await outcome(key)).toBe('429 QUOTA_EXCEEDED');
    expect(await t.accountOf(entitlementId)).toMatchObject({ settled: 1, units: 1 });
  });

  it('continues after a restart', async () => {
    const database = await freshDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), 'api-factory-'));
    const first = await productOn(database.url, dataDir);
    const plan = await first.plan({ quota: 100 });
    const { key, entitlementId } = await first.issue({ plan });
    await addMany(first, plan);
    const last = await holdLock(database, `select from entitlements where id = '${entitlementId}' for update`);
    await edit(first, plan, 0);
    await closeWhileLocked(database.url, first);
    const { rows } = await sql<{ left: number }>`
      select count(*) as left from entitlements where plan_id = ${plan} and plan_version = 1`.execute(database.db);
    expect(rows[0]?.left).toBeGreaterThan(0);
    await last.release();
    const second = await productOn(database.url, dataDir);
    await expect.poll(() => moving(second, plan), { timeout: 30_000 }).toBe(0);
    expect((await second.call(key)).body.code).toBe('QUOTA_EXCEEDED');
    await second.product.close();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
