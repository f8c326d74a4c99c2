import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '@api-factory/control';
import { freshDatabase } from '@api-factory/control/testing/database';
import { sql } from 'kysely';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { embeddedServer, embeddedUrl } from './support/embedded-server.ts';
import { type Load, startLoad } from './support/load.ts';
import { buildCommand, freePort, type RunningCommand, startCommand } from './support/process.ts';

const KILLS = 20;
const CALLERS = 16;

const cleanups: (() => unknown)[] = [];
beforeAll(buildCommand, 120_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const aDataDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'api-factory-crash-'));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** The usage stored in the database, to compare with what the client saw. */
async function recordedUsage(db: Database) {
  const { rows: events } = await sql<{
    request_id: string;
    cost: number;
    status: number;
  }>`select request_id, cost, status from usage_events`.execute(db);
  const { rows } = await sql<{ settled: number; leased: number; units: number; rolled: number; held: number }>`
    select (select coalesce(sum(settled), 0)::bigint from quotas) as settled, (select coalesce(sum(leased), 0)::bigint from quotas) as leased,
      (select coalesce(sum(units), 0)::bigint from ledger) as units, (select coalesce(sum(units), 0)::bigint from usage_days) as rolled,
      (select coalesce(sum(units), 0)::bigint from leases) as held`.execute(db);
  return { events, ...(rows[0] as NonNullable<(typeof rows)[0]>) };
}

/** Checks that every response is stored once; other events must be of calls that were in flight. */
async function expectExact(db: Database, loads: Load[]): Promise<void> {
  const received = new Set(loads.flatMap((load) => [...load.received]));
  const unanswered = new Set(loads.flatMap((load) => [...load.unanswered]));
  const { events, settled, leased, units, rolled, held } = await recordedUsage(db);
  const ids = events.map((event) => event.request_id);
  const stored = new Set(ids);
  expect(ids.length - stored.size, 'events stored twice').toBe(0);
  expect(
    [...received].filter((id) => !stored.has(id)),
    'responses without an event',
  ).toEqual([]);
  expect(
    ids.filter((id) => !received.has(id) && !unanswered.has(id)),
    'events without a call',
  ).toEqual([]);
  const cost = events.reduce((sum, event) => sum + event.cost, 0);
  expect({ settled, units, rolled, leased, held }).toEqual({ settled: cost, units: cost, rolled: cost, leased: 0, held: 0 });
  expect(received.size).toBeGreaterThan(0);
}

describe('a product killed under load', () => {
  it(`${KILLS} times at random (process, process group, Ctrl-C) meters every response once, and its quota matches the sum of the costs`, {
    timeout: 300_000,
  }, async () => {
    const database = await freshDatabase();
    cleanups.push(() => database.drop());
    const env = { PORT: String(await freePort()), API_FACTORY_DATA_DIR: aDataDir(), DATABASE_URL: database.url, LOG_LEVEL: 'warn' };
    let running: RunningCommand = await startCommand(env);
    cleanups.push(() => running.process.kill('SIGKILL'));
    const { key } = await running.issue({ quota: 1_000_000, rate: null });
    const loads: Load[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const load = startLoad(running.address, key, { callers: CALLERS });
      loads.push(load);
      await pause(20 + Math.random() * 400);
      const [signal, group] = (
        [
          ['SIGKILL', false],
          ['SIGKILL', true],
          ['SIGINT', true],
        ] as const
      )[kill % 3] ?? ['SIGKILL', false];
      const code = await running.end(signal, group);
      expect(code).toBe(signal === 'SIGINT' ? 0 : null);
      await load.stop();
      expect(load.unanswered.size).toBeLessThanOrEqual(CALLERS);
      running = await startCommand(env);
    }
    expect(await running.end('SIGTERM')).toBe(0);
    await expectExact(database.db, loads);
  });

  it('admits exactly 300 calls of a quota of 300 across kills', { timeout: 300_000 }, async () => {
    const database = await freshDatabase();
    cleanups.push(() => database.drop());
    const env = { PORT: String(await freePort()), API_FACTORY_DATA_DIR: aDataDir(), DATABASE_URL: database.url, LOG_LEVEL: 'warn' };
    let running: RunningCommand = await startCommand(env);
    cleanups.push(() => running.process.kill('SIGKILL'));
    const { key } = await running.issue({ quota: 300, rate: null });
    const loads: Load[] = [];
    for (let kill = 0; kill < 4; kill++) {
      const load = startLoad(running.address, key, { callers: 4 });
      loads.push(load);
      await expect.poll(() => load.received.size, { interval: 1, timeout: 20_000 }).toBeGreaterThan(20);
      await running.end('SIGKILL');
      await load.stop();
      running = await startCommand(env);
    }
    const last = startLoad(running.address, key, { callers: 4 });
    loads.push(last);
    await expect.poll(() => last.others.get(429) ?? 0, { timeout: 20_000 }).toBeGreaterThan(20);
    await last.stop();
    expect(await running.end('SIGTERM')).toBe(0);
    await expectExact(database.db, loads);
    expect((await recordedUsage(database.db)).settled).toBe(300);
  });
});

describe('a product whose embedded database is killed under load', () => {
  it('meters every response once', { timeout: 300_000 }, async () => {
    const dataDir = aDataDir();
    const env = { PORT: String(await freePort()), API_FACTORY_DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
    const running = await startCommand(env);
    cleanups.push(() => running.process.kill('SIGTERM'));
    const { key } = await running.issue({ quota: 1_000_000, rate: null });
    const load = startLoad(running.address, key, { callers: CALLERS, untilBroken: false });
    for (let kill = 0; kill < 4; kill++) {
      await pause(200 + Math.random() * 500);
      process.kill(embeddedServer(dataDir).pid, 'SIGKILL');
      await expect.poll(async () => (await running.request('GET', '/_api/readyz')).status, { timeout: 30_000 }).toBe(503);
      await expect.poll(async () => (await running.request('GET', '/_api/readyz')).status, { timeout: 30_000 }).toBe(200);
    }
    await load.stop();
    expect(load.unanswered.size).toBe(0);
    expect([...load.others.keys()].filter((status) => status !== 503)).toEqual([]);
    await expect
      .poll(async () => /^api_factory_spool_bytes (\d+)$/m.exec((await running.request('GET', '/_api/metrics')).body)?.[1], {
        timeout: 30_000,
      })
      .toBe('0');
    // Lost responses to lease requests are settled by the next start, so restart before comparing.
    expect(await running.end('SIGTERM')).toBe(0);
    const again = await startCommand(env);
    cleanups.push(() => again.process.kill('SIGTERM'));
    const db = openDatabase(embeddedUrl(dataDir));
    cleanups.push(() => db.destroy());
    await expectExact(db, [load]);
    await db.destroy();
    expect(await again.end('SIGTERM')).toBe(0);
  });
});
