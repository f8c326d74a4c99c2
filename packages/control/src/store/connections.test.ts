import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { type FreezingProxy, freezingProxy } from '../testing/freezing-proxy.ts';
import { withCallerSignal } from './caller-signal.ts';
import { Connections } from './connections.ts';
import { connectAlone, type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { isDatabaseUnavailable } from './errors.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Frozen {
  fresh: FreshDatabase;
  proxy: FreezingProxy;
  open(options?: DatabaseOptions): Database;
}

/** A database behind a proxy. Queries through it wait 300 ms for an answer. */
async function behindProxy(): Promise<Frozen> {
  const fresh = await freshDatabase();
  undo.push(() => fresh.drop());
  const proxy = await freezingProxy(fresh.url);
  undo.push(() => proxy.close());
  const open = (options: DatabaseOptions = {}) => {
    const db = openDatabase(proxy.url, { silenceMs: 300, ...options });
    undo.push(() => db.destroy());
    return db;
  };
  return { fresh, proxy, open };
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const pidOf = async (db: Database): Promise<number> =>
  (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid ?? 0;
const lives = async ({ db }: FreshDatabase, pid: number): Promise<boolean> =>
  (await sql`select from pg_stat_activity where pid = ${pid}`.execute(db)).rows.length > 0;

describe('a silent connection', () => {
  test('is closed with an unavailability error, and the next statement gets a new one', async () => {
    const { proxy, open } = await behindProxy();
    const db = open({ max: 1 });
    const before = await pidOf(db);
    proxy.freeze();
    expect(isDatabaseUnavailable(await thrownBy(pidOf(db)))).toBe(true);
    expect(await pidOf(db)).not.toBe(before);
  });

  test('in an open transaction leaves no lock behind: its session is terminated through another connection', async () => {
    const { fresh, proxy, open } = await behindProxy();
    const db = open();
    const frozen = proxy.freezeAt('update "snapshot_version"');
    const change = db.transaction().execute((tx) => tx.updateTable('snapshot_version').set({ version: 7 }).execute());
    await frozen;
    const taken = fresh.db.updateTable('snapshot_version').set({ version: 8 }).execute();
    expect(isDatabaseUnavailable(await thrownBy(change))).toBe(true);
    await taken;
    expect(await fresh.db.selectFrom('snapshot_version').select('version').execute()).toEqual([{ version: 8 }]);
  });

  test('in an open transaction leaves no lock behind even if the client never notices', async () => {
    const { fresh, proxy, open } = await behindProxy();
    const db = open({ silenceMs: 60_000 });
    const frozen = proxy.freezeAt('update "snapshot_version"');
    const change = thrownBy(db.transaction().execute((tx) => tx.updateTable('snapshot_version').set({ version: 7 }).execute()));
    await frozen;
    // The server ends a transaction that is idle for five seconds; other clients wait ten for a
    // lock.
    await fresh.db.updateTable('snapshot_version').set({ version: 8 }).execute();
    await proxy.close();
    expect(isDatabaseUnavailable(await change)).toBe(true);
    undo.splice(1, 1);
  });

  test('also closes the idle connections, whatever their purpose', async () => {
    const { proxy, open } = await behindProxy();
    const connections = new Connections();
    const [operator, leases] = [open({ connections }), open({ connections, purpose: 'leases', max: 4 })];
    const before = await Promise.all(
      [1, 2, 3].map(() => sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.1)`.execute(leases)),
    );
    expect(new Set(before.map(({ rows }) => rows[0]?.pid)).size).toBe(3);
    await pidOf(operator);
    proxy.freeze();
    expect(await thrownBy(pidOf(operator))).not.toBeNull();
    const pid = await pidOf(leases);
    expect(before.map(({ rows }) => rows[0]?.pid)).not.toContain(pid);
  });

  test('is also closed while its session settings are being applied', async () => {
    const { proxy, open } = await behindProxy();
    const db = open({ max: 1 });
    const frozen = proxy.freezeAt('set search_path');
    const failing = thrownBy(pidOf(db));
    await frozen;
    expect(isDatabaseUnavailable(await failing)).toBe(true);
    expect(await pidOf(db)).toBeGreaterThan(0);
  });

  test('does not delay closing a pool, whether it is idle or has a pending query', async () => {
    const { proxy, open } = await behindProxy();
    const connections = new Connections();
    const db = open({ connections, silenceMs: 60_000 });
    await pidOf(db);
    proxy.freeze();
    const failing = thrownBy(pidOf(db));
    connections.hurry(200);
    expect(isDatabaseUnavailable(await failing)).toBe(true);
    await db.destroy();
  });

  test('is detected within seconds even if statements may take minutes: the server reports its session as idle', async () => {
    const { proxy } = await behindProxy();
    const db = openDatabase(proxy.url, { max: 1, purpose: 'maintenance' });
    undo.push(() => db.destroy());
    const before = await pidOf(db);
    const since = performance.now();
    proxy.freeze();
    expect(isDatabaseUnavailable(await thrownBy(pidOf(db)))).toBe(true);
    expect(performance.now() - since).toBeLessThan(30_000);
    expect(await pidOf(db)).not.toBe(before);
  }, 60_000);

  test('does not close connections that are still opening: the next statements use them', async () => {
    const { proxy, open } = await behindProxy();
    const connections = new Connections();
    const [one, two] = [open({ connections, max: 1 }), open({ connections, max: 1 })];
    await Promise.all([pidOf(one), pidOf(two)]);
    proxy.freeze();
    const silent = Promise.all([thrownBy(pidOf(one)), thrownBy(pidOf(two))]);
    expect((await silent).every(isDatabaseUnavailable)).toBe(true);
    for (const db of [one, two]) expect(await pidOf(db)).toBeGreaterThan(0);
  });

  test('is not abandoned by its closing when the server has already terminated it', async () => {
    const { fresh, open } = await behindProxy();
    const connections = new Connections();
    const abandoned: string[] = [];
    connections.giveUp = ({ sessionName }) => void abandoned.push(sessionName);
    const db = open({ connections, max: 1, silenceMs: 60_000 });
    const pid = await pidOf(db);
    const cut = thrownBy(sql`select pg_sleep(60)`.execute(db));
    await expect.poll(() => sleepers(fresh)).toEqual([pid]);
    await sql`select pg_terminate_backend(${pid})`.execute(fresh.db);
    expect(isDatabaseUnavailable(await cut)).toBe(true);
    // Longer than closing a connection may take.
    await sql`select pg_sleep(1.5)`.execute(fresh.db);
    expect(abandoned).toEqual([]);
  });

  test('outside a pool can be closed', async () => {
    const { proxy } = await behindProxy();
    const client = await connectAlone(proxy.url);
    proxy.freeze();
    await client.end();
  });
});

describe('a slow answer', () => {
  test('is awaited while the server is still working on it, even past the first status check', async () => {
    const { fresh } = await behindProxy();
    const db = openDatabase(fresh.url, { max: 1 });
    undo.push(() => db.destroy());
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(7)`.execute(db);
    expect(await pidOf(db)).toBe(rows[0]?.pid);
  }, 30_000);

  test('past the limit is not cut off while its rows keep arriving', async () => {
    const { open } = await behindProxy();
    const db = open({ silenceMs: 400 });
    // 8 rows of 100 kB, one every 150 ms: the server sends what fills its buffer.
    const { rows } = await sql`select repeat('x', 100000), pg_sleep(0.15) from generate_series(1, 8)`.execute(db);
    expect(rows).toHaveLength(8);
  });

  test('counts as received while a busy event loop delays reading it', async () => {
    const { fresh } = await behindProxy();
    // Not through the proxy, which runs in the same event loop.
    const db = openDatabase(fresh.url, { silenceMs: 100 });
    undo.push(() => db.destroy());
    await pidOf(db);
    const pending = pidOf(db);
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + 400;
    while (performance.now() < until);
    expect(await pending).toBeGreaterThan(0);
  });
});

test('the server cancels a statement at the timeout of its purpose, and the connection is reused', async () => {
  const { fresh } = await behindProxy();
  const db = openDatabase(fresh.url, { max: 1, purpose: 'leases' });
  undo.push(() => db.destroy());
  const before = await pidOf(db);
  expect(await thrownBy(sql`select pg_sleep(20)`.execute(db))).toMatchObject({ code: '57014' });
  expect(await pidOf(db)).toBe(before);
}, 15_000);

describe('a query whose caller disconnects', () => {
  test('is cancelled on the server, and the queries of other callers continue', async () => {
    const { fresh, open } = await behindProxy();
    const db = open({ silenceMs: 60_000 });
    const caller = new AbortController();
    const started = withCallerSignal(caller.signal, async () => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      const long = thrownBy(sql`select pg_sleep(60)`.execute(db));
      return { pid: rows[0]?.pid ?? 0, long };
    });
    const { pid, long } = await started;
    await expect.poll(() => sleepers(fresh)).toEqual([pid]);
    const other = sql<{ n: number }>`select 1 as n, pg_sleep(0.3)`.execute(db);
    caller.abort();
    expect(await long).toMatchObject({ name: 'AbandonedQueryError' });
    expect((await other).rows[0]?.n).toBe(1);
    await expect.poll(() => lives(fresh, pid)).toBe(false);
  });

  test('is not started when the caller has already disconnected', async () => {
    const { open } = await behindProxy();
    const db = open();
    const disconnected = AbortSignal.abort();
    expect(await thrownBy(withCallerSignal(disconnected, () => pidOf(db)))).toMatchObject({ name: 'AbandonedQueryError' });
    expect(await pidOf(db)).toBeGreaterThan(0);
  });
});

async function sleepers({ db }: FreshDatabase): Promise<number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`.execute(
    db,
  );
  return rows.map(({ pid }) => pid);
}
