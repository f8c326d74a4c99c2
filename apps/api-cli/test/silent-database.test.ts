import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FreshDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { type FreezingProxy, freezingProxy } from '@api-factory/control/testing/freezing-proxy';
import { sql } from 'kysely';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IssuedKey } from './support/api.ts';
import { buildCommand } from './support/process.ts';
import { type Running, SHIPPING_MODES } from './support/shipping-modes.ts';

const CALLS_RECOVER_MS = 10_000;
const SHIPPING_RECOVERS_MS = 60_000;
/** Shorter than the timeout after which a stop is forced. */
const STOP_MS = 15_000;
const QUOTA = 15;
/** A statement of the transaction that ships usage. */
const SETTLE_STATEMENT = 'update leases l set units = l.units - s.leased';

let database: FreshDatabase;
let proxy: FreezingProxy;
let dataDir: string;
const cleanups: (() => unknown)[] = [];
beforeAll(buildCommand, 120_000);
beforeEach(async () => {
  database = await freshDatabase();
  proxy = await freezingProxy(database.url);
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-silent-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await proxy.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A key with a small quota: each call leases its unit from the database. */
const aKey = (product: Running): Promise<IssuedKey> => product.issue({ quota: QUOTA, period: 'month' });

/** Calls until the status is 200. @returns how long that took, in ms */
async function untilServed(product: Running, { key }: IssuedKey): Promise<number> {
  const startedAt = performance.now();
  while ((await product.call(key)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  return performance.now() - startedAt;
}

/** Calls until each quota is used up. @returns how many calls were served */
async function useUp(product: Running, keys: IssuedKey[]): Promise<number> {
  let served = 0;
  for (const { key } of keys) {
    for (;;) {
      const { status, body } = await product.call(key);
      if (body.code === 'QUOTA_EXCEEDED') break;
      expect(status).toBe(200);
      served += 1;
    }
  }
  return served;
}

const events = async (): Promise<number> => (await sql`select from usage_events where cost > 0`.execute(database.db)).rows.length;

/** Checks that every served call is stored once, and every quota is used up exactly. */
async function expectExact(keys: IssuedKey[], served: number): Promise<void> {
  expect(served).toBe(keys.length * QUOTA);
  await expect.poll(events, { timeout: SHIPPING_RECOVERS_MS }).toBe(served);
  const { rows } = await sql<{ settled: number; leased: number }>`select settled, leased from quotas`.execute(database.db);
  expect(rows).toEqual(keys.map(() => ({ settled: QUOTA, leased: 0 })));
}

describe.each(SHIPPING_MODES)('with shipping %s, connections that freeze', (_mode, startOn) => {
  const start = async (): Promise<Running> => {
    const product = await startOn(proxy.url, dataDir);
    cleanups.push(product.stop);
    return product;
  };

  it('during a change block calls for at most 10 s, the next change succeeds, and usage is exact', async () => {
    const product = await start();
    const keys = [await aKey(product), await aKey(product)] as const;
    for (const { key } of keys) expect((await product.call(key)).status).toBe(200);
    const frozen = proxy.freezeAt('update snapshot_version set');
    const changing = product.admin('PATCH', `/keys/${keys[0].id}`, { name: 'frozen' });
    await frozen;
    const times = await Promise.all(keys.map((key) => untilServed(product, key)));
    expect(Math.max(...times)).toBeLessThan(CALLS_RECOVER_MS);
    expect((await product.admin('POST', `/keys/${keys[1].id}/suspend`, {})).status).toBe(200);
    expect((await product.call(keys[1].key)).body.code).toBe('KEY_SUSPENDED');
    expect((await product.admin('POST', `/keys/${keys[1].id}/resume`, {})).status).toBe(200);
    expect((await changing).body.code).toBe('DATABASE_UNAVAILABLE');
    await expectExact([...keys], 4 + (await useUp(product, [...keys])));
  }, 120_000);

  it('during a shipping batch block calls for at most 10 s and shipping for at most 60 s, and usage is exact', async () => {
    const product = await start();
    const key = await aKey(product);
    const frozen = proxy.freezeAt(SETTLE_STATEMENT);
    expect((await product.call(key.key)).status).toBe(200);
    await frozen;
    const since = performance.now();
    expect(await untilServed(product, key)).toBeLessThan(CALLS_RECOVER_MS);
    await expect.poll(events, { timeout: SHIPPING_RECOVERS_MS }).toBe(2);
    expect(performance.now() - since).toBeLessThan(SHIPPING_RECOVERS_MS);
    await expectExact([key], 2 + (await useUp(product, [key])));
  }, 120_000);

  it('do not delay shutdown, and no usage is lost at the next start', async () => {
    const product = await start();
    const key = await aKey(product);
    const frozen = proxy.freezeAt(SETTLE_STATEMENT);
    expect((await product.call(key.key)).status).toBe(200);
    await frozen;
    const since = performance.now();
    await product.stop();
    expect(performance.now() - since).toBeLessThan(STOP_MS);
    const next = await start();
    await expectExact([key], 1 + (await useUp(next, [key])));
  }, 120_000);
});
