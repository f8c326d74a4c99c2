import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FreshDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { type FreezingProxy, freezingProxy } from '@api-factory/control/testing/freezing-proxy';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { IssuedKey } from './support/api.ts';
import { type ProductOn, productOn } from './support/product.ts';

const CALLS_BACK_MS = 10_000;
const SHIPPING_BACK_MS = 60_000;
const STOP_MS = 10_000;

let database: FreshDatabase;
let proxy: FreezingProxy;
let product: ProductOn;
let dataDir: string;
beforeEach(async () => {
  database = await freshDatabase();
  proxy = await freezingProxy(database.url);
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-silent-'));
  product = await productOn(proxy.url, dataDir);
});
afterEach(async () => {
  await product.product.close();
  await proxy.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A key near its quota: each of its calls asks the database for a unit. */
const aKey = (): Promise<IssuedKey> => product.issue({ quota: 15, period: 'month' });

/** Calls until an answer is 200. @returns how long that took, ms */
async function untilServed({ key }: IssuedKey): Promise<number> {
  const since = performance.now();
  while ((await product.call(key)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  return performance.now() - since;
}

/** Uses every quota up. @returns units that were answered, from now on */
async function useUp(keys: IssuedKey[]): Promise<number> {
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

/** Every call is in the database once, and no quota was exceeded. */
async function expectExact(keys: IssuedKey[], served: number): Promise<void> {
  await product.shipped();
  const { rows } = await sql<{ settled: number; leased: number }>`select settled, leased from quotas`.execute(database.db);
  expect(rows).toEqual(keys.map(() => ({ settled: 15, leased: 0 })));
  expect((await sql`select from usage_events where cost > 0`.execute(database.db)).rows).toHaveLength(served);
}

it('a connection that freezes in the middle of a change: calls are back in 10 s, the next change is taken, and all is exact', async () => {
  const keys = [await aKey(), await aKey()];
  for (const { key } of keys) expect((await product.call(key)).status).toBe(200);
  const [first, second] = keys as [IssuedKey, IssuedKey];
  const frozen = proxy.freezeAt('update "snapshot_version"');
  const changing = product.admin('PATCH', `/keys/${first.id}`, { name: 'frozen' });
  await frozen;
  const times = await Promise.all(keys.map(untilServed));
  expect(Math.max(...times)).toBeLessThan(CALLS_BACK_MS);
  expect((await product.admin('POST', `/keys/${second.id}/suspend`, {})).status).toBe(200);
  expect((await product.call(second.key)).body.code).toBe('KEY_SUSPENDED');
  expect((await product.admin('POST', `/keys/${second.id}/resume`, {})).status).toBe(200);
  expect((await changing).status).toBe(503);
  await expectExact(keys, keys.length + times.length + (await useUp(keys)));
}, 120_000);

it('a connection that freezes in the middle of a shipping batch: calls are back in 10 s, shipping in 60 s, and all is exact', async () => {
  const keys = [await aKey()];
  const [only] = keys as [IssuedKey];
  const since = performance.now();
  const frozen = proxy.freezeAt('update leases l set units = l.units - s.leased');
  expect((await product.call(only.key)).status).toBe(200);
  await frozen;
  expect(await untilServed(only)).toBeLessThan(CALLS_BACK_MS);
  await product.shipped();
  expect(performance.now() - since).toBeLessThan(SHIPPING_BACK_MS);
  await expectExact(keys, 2 + (await useUp(keys)));
}, 120_000);

it('a stop does not wait for connections that are silent, and the next start lacks nothing', async () => {
  const keys = [await aKey()];
  const [only] = keys as [IssuedKey];
  const frozen = proxy.freezeAt('update leases l set units = l.units - s.leased');
  expect((await product.call(only.key)).status).toBe(200);
  await frozen;
  const since = performance.now();
  await product.product.close();
  expect(performance.now() - since).toBeLessThan(STOP_MS);
  product = await productOn(proxy.url, dataDir);
  await expectExact(keys, 1 + (await useUp(keys)));
}, 60_000);
