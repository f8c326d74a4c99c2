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

describe('a connection that falls silent', () => {
  test('is given up as if the database were away, and the next statement has another one', async () => {
    const { proxy, open } = await behindProxy();
    const db = open({ max: 1 });
    const before = await pidOf(db);
    proxy.freeze();
    expect(isDatabaseUnavailable(await thrownBy(pidOf(db)))).toBe(true);
    expect(await pidOf(db)).not.toBe(before);
  });

  test('in the middle of a change leaves no lock behind: its session is ended through another connection', async () => {
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

  test('in the middle of a change leaves no lock behind even when our side is gone as well', async () => {
    const { fresh, proxy, open } = await behindProxy();
    const db = open({ silenceMs: 60_000 });
    const frozen = proxy.freezeAt('update "snapshot_version"');
    const change = thrownBy(db.transaction().execute((tx) => tx.updateTable('snapshot_version').set({ version: 7 }).execute()));
    await frozen;
    // The server waits for five seconds for a client that is in a transaction, and others for ten
    // for a lock.
    await fresh.db.updateTable('snapshot_version').set({ version: 8 }).execute();
    await proxy.close();
    expect(isDatabaseUnavailable(await change)).toBe(true);
    undo.splice(1, 1);
  });

  test('takes those at rest with it, whatever they are for', async () => {
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

  test('while it gets its settings is given up too', async () => {
    const { proxy, open } = await behindProxy();
    const db = open({ max: 1 });
    const frozen = proxy.freezeAt('set search_path');
    const failing = thrownBy(pidOf(db));
    await frozen;
    expect(isDatabaseUnavailable(await failing)).toBe(true);
    expect(await pidOf(db)).toBeGreaterThan(0);
  });

  test('does not hold up the end of a pool, whether it is at rest or owes an answer', async () => {
    const { proxy, open } = await behindProxy();
    const connections = new Connections();
    const db = open({ connections, silenceMs: 60_000 });
    await pidOf(db);
    proxy.freeze();
    const asked = thrownBy(pidOf(db));
    connections.hurry(200);
    expect(isDatabaseUnavailable(await asked)).toBe(true);
    await db.destroy();
  });

  test('is found out in seconds, however long a statement may take: the server says that it waits for us', async () => {
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

  test('leaves those alone that are being opened: the next statements have them', async () => {
    const { proxy, open } = await behindProxy();
    const connections = new Connections();
    const [one, two] = [open({ connections, max: 1 }), open({ connections, max: 1 })];
    await Promise.all([pidOf(one), pidOf(two)]);
    proxy.freeze();
    const silent = Promise.all([thrownBy(pidOf(one)), thrownBy(pidOf(two))]);
    expect((await silent).every(isDatabaseUnavailable)).toBe(true);
    for (const db of [one, two]) expect(await pidOf(db)).toBeGreaterThan(0);
  });

  test('that has ended is not given up once more by its farewell', async () => {
    const { fresh, open } = await behindProxy();
    const connections = new Connections();
    const givenUp: string[] = [];
    connections.giveUp = ({ sessionName }) => void givenUp.push(sessionName);
    const db = open({ connections, max: 1, silenceMs: 60_000 });
    const pid = await pidOf(db);
    const cut = thrownBy(sql`select pg_sleep(60)`.execute(db));
    await expect.poll(() => sleepers(fresh)).toEqual([pid]);
    await sql`select pg_terminate_backend(${pid})`.execute(fresh.db);
    expect(isDatabaseUnavailable(await cut)).toBe(true);
    // Longer than a farewell is waited for.
    await sql`select pg_sleep(1.5)`.execute(fresh.db);
    expect(givenUp).toEqual([]);
  });

  test('that belongs to one alone can be ended', async () => {
    const { proxy } = await behindProxy();
    const client = await connectAlone(proxy.url);
    proxy.freeze();
    await client.end();
  });
});

describe('an answer', () => {
  test('that the server works for is waited for, also when nothing comes for longer than it takes to ask about it', async () => {
    const { fresh } = await behindProxy();
    const db = openDatabase(fresh.url, { max: 1 });
    undo.push(() => db.destroy());
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(7)`.execute(db);
    expect(await pidOf(db)).toBe(rows[0]?.pid);
  }, 30_000);

  test('that takes longer than the limit is not cut while its rows arrive', async () => {
    const { open } = await behindProxy();
    const db = open({ silenceMs: 400 });
    // 8 rows of 100 kB, one every 150 ms: the server sends what fills its buffer.
    const { rows } = await sql`select repeat('x', 100000), pg_sleep(0.15) from generate_series(1, 8)`.execute(db);
    expect(rows).toHaveLength(8);
  });

  test('that waits behind a busy event loop counts as come', async () => {
    const { fresh } = await behindProxy();
    // Not through the proxy: that would be busy, too.
    const db = openDatabase(fresh.url, { silenceMs: 100 });
    undo.push(() => db.destroy());
    await pidOf(db);
    const asked = pidOf(db);
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + 400;
    while (performance.now() < until);
    expect(await asked).toBeGreaterThan(0);
  });
});

test('the server ends a statement at the limit of its purpose, and the connection is used again', async () => {
  const { fresh } = await behindProxy();
  const db = openDatabase(fresh.url, { max: 1, purpose: 'leases' });
  undo.push(() => db.destroy());
  const before = await pidOf(db);
  expect(await thrownBy(sql`select pg_sleep(20)`.execute(db))).toMatchObject({ code: '57014' });
  expect(await pidOf(db)).toBe(before);
}, 15_000);

describe('a query whose asker leaves', () => {
  test('ends on the server, and those of others go on', async () => {
    const { fresh, open } = await behindProxy();
    const db = open({ silenceMs: 60_000 });
    const leaving = new AbortController();
    const begun = withCallerSignal(leaving.signal, async () => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      const long = thrownBy(sql`select pg_sleep(60)`.execute(db));
      return { pid: rows[0]?.pid ?? 0, long };
    });
    const { pid, long } = await begun;
    await expect.poll(() => sleepers(fresh)).toEqual([pid]);
    const other = sql<{ n: number }>`select 1 as n, pg_sleep(0.3)`.execute(db);
    leaving.abort();
    expect(await long).toMatchObject({ name: 'AbandonedQueryError' });
    expect((await other).rows[0]?.n).toBe(1);
    await expect.poll(() => lives(fresh, pid)).toBe(false);
  });

  test('is not begun when it has left before', async () => {
    const { open } = await behindProxy();
    const db = open();
    const left = AbortSignal.abort();
    expect(await thrownBy(withCallerSignal(left, () => pidOf(db)))).toMatchObject({ name: 'AbandonedQueryError' });
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
