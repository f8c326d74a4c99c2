import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, type FreshDatabase, freshDatabase } from '@api-factory/control/testing/database';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Api } from './support/api.ts';
import { buildCommand } from './support/process.ts';
import { differences } from './support/restored.ts';
import { type Running, SHIPPING_MODES } from './support/shipping-modes.ts';

const QUOTA = 20;

let database: FreshDatabase;
let dataDir: string;
const cleanups: (() => unknown)[] = [];
beforeAll(buildCommand, 120_000);
beforeEach(async () => {
  database = await freshDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'api-factory-failover-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Referenced tables come first. */
const TABLES = ['gateways', 'quotas', 'leases', 'ledger', 'usage_events', 'usage_minutes', 'usage_hours', 'usage_days', 'usage_refusals'];

/** Copies the usage to a standby, which lacks all later commits. */
const copyUsage = () =>
  ask(database.url, `create schema standby; ${TABLES.map((t) => `create table standby.${t} as table api_factory.${t}`).join('; ')}`);

/** Makes the standby take over, in one transaction. */
const failOver = () =>
  ask(
    database.url,
    `begin; truncate ${TABLES.map((table) => `api_factory.${table}`).join(', ')};
     ${TABLES.map((table) => `insert into api_factory.${table} select * from standby.${table}`).join('; ')}; commit`,
  );

async function shipped(events: number): Promise<void> {
  await expect
    .poll(() => ask(database.url, `select count(*)::int as n from api_factory.usage_events where cost > 0`), { timeout: 30_000 })
    .toEqual([{ n: events }]);
}

/**
 * Calls until `calls` calls are served. A call during the failover, when leases are void, may be
 * refused.
 */
async function serve({ call }: Api, key: string, calls: number): Promise<void> {
  for (let served = 0; served < calls; ) {
    const { status, body } = await call(key);
    if (status === 200) served += 1;
    else if (body.code !== 'QUOTA_UNAVAILABLE') throw new Error(`${status} ${body.code}`);
  }
}

describe.each(SHIPPING_MODES)('with shipping %s', (_mode, startOn) => {
  const start = async (): Promise<Running> => {
    const running = await startOn(database.url, dataDir);
    cleanups.push(running.stop);
    return running;
  };

  it('a failover that loses the last commits loses no event: all 15 are stored once, the quota is exact, and calls are served', async () => {
    const running = await start();
    const { key } = await running.issue({ quota: QUOTA });
    await serve(running, key, 5);
    await shipped(5);
    await copyUsage();
    await serve(running, key, 5);
    await shipped(10);
    await failOver();
    await serve(running, key, 5);
    await shipped(15);
    expect(running.log()).toContain('the database lost confirmed commits');
    const { served, code } = await useUp(running, key);
    expect([served, code]).toEqual([QUOTA - 15, 'QUOTA_EXCEEDED']);
    await shipped(QUOTA);
    expect(await differences(database.url)).toEqual([]);
    expect(await ask(database.url, 'select settled, leased from api_factory.quotas')).toEqual([{ settled: String(QUOTA), leased: '0' }]);
    expect((await running.request('GET', '/_api/readyz')).status).toBe(200);
  }, 90_000);

  it('a failover that loses the record of a start keeps its epoch, so that no ID is used twice', async () => {
    const first = await start();
    const { key } = await first.issue({ quota: 100 });
    await serve(first, key, 5);
    await shipped(5);
    await copyUsage();
    await ask(database.url, 'update standby.gateways set epoch = 0');
    await serve(first, key, 5);
    await shipped(10);
    await failOver();
    await serve(first, key, 5);
    await shipped(15);
    expect(await ask(database.url, 'select epoch from api_factory.gateways')).toEqual([{ epoch: 1 }]);
    expect(await differences(database.url)).toEqual([]);
  }, 90_000);

  it('a product stops when another start has taken over its spool, and none of its later events are stored', async () => {
    const running = await start();
    const { key } = await running.issue({ quota: 100 });
    await serve(running, key, 5);
    await shipped(5);
    await ask(database.url, 'update api_factory.gateways set epoch = epoch + 1');
    await serve(running, key, 1);
    await expect.poll(running.hasGivenUp, { timeout: 30_000 }).toBe(true);
    await shipped(5);
  }, 90_000);
});

async function useUp({ call }: Api, key: string): Promise<{ served: number; code: string }> {
  for (let served = 0; ; served += 1) {
    const { status, body } = await call(key);
    if (status !== 200) return { served, code: body.code };
  }
}
