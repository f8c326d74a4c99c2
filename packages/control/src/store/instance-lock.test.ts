import { EventEmitter, once } from 'node:events';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { freshDatabase } from '../testing/database.ts';
import { freezingProxy } from '../testing/freezing-proxy.ts';
import { connectionConfig } from './database.ts';
import { AlreadyInUseError } from './directory-lock.ts';
import { holdInstance, type InstanceLock } from './instance-lock.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function aDatabase() {
  const fresh = await freshDatabase();
  undo.push(() => fresh.drop());
  const admin = new pg.Client(connectionConfig(fresh.url));
  admin.on('error', () => {});
  await admin.connect();
  undo.push(() => admin.end());
  return { url: fresh.url, admin };
}

async function hold(url: string, onLost: (error: AlreadyInUseError) => void = () => {}): Promise<InstanceLock> {
  const lock = await holdInstance(url, { onLost });
  undo.push(() => lock.release());
  return lock;
}

const SESSIONS = `select pid from pg_stat_activity where datname = current_database() and application_name like 'api-factory instance %'`;

/**
 * Resolves when a session other than `before` holds the lock. Polls with round trips, not with
 * sleeps.
 */
async function holderOtherThan(admin: pg.Client, before: number): Promise<number> {
  for (;;) {
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database()) and objid = 4702112`,
    );
    const [holder] = rows;
    if (holder && holder.pid !== before) return holder.pid;
  }
}

test('a second product on the same database is refused until the first releases the lock', async () => {
  const { url } = await aDatabase();
  const first = await hold(url);
  await expect(holdInstance(url, { onLost: () => {} })).rejects.toThrow(AlreadyInUseError);
  await expect(holdInstance(url, { onLost: () => {} })).rejects.toThrow(/set another database with DATABASE_URL/);
  await first.release();
  await (await hold(url)).release();
});

test('products on two databases of one server don’t conflict', async () => {
  const [one, other] = [await aDatabase(), await aDatabase()];
  await hold(one.url);
  await hold(other.url);
});

test('when the connection drops, the lock is acquired again and still refuses others', async () => {
  const { url, admin } = await aDatabase();
  const lost: Error[] = [];
  await hold(url, (error) => lost.push(error));
  const before = (await admin.query<{ pid: number }>(SESSIONS)).rows[0]!.pid;
  await admin.query('select pg_terminate_backend($1)', [before]);
  await holderOtherThan(admin, before);
  await expect(holdInstance(url, { onLost: () => {} })).rejects.toThrow(AlreadyInUseError);
  expect(lost).toEqual([]);
});

test('when another process acquires the lock after a connection loss, the first is notified', async () => {
  const { url, admin } = await aDatabase();
  const events = new EventEmitter();
  const lost = once(events, 'lost');
  await hold(url, (error) => events.emit('lost', error));
  // The other one is queued for the lock, so it gets it next.
  const other = new pg.Client(connectionConfig(url));
  await other.connect();
  undo.push(() => other.end());
  const waiting = other.query('set lock_timeout = 0').then(() => other.query('select pg_advisory_lock(4702112)'));
  const before = (await admin.query<{ pid: number }>(SESSIONS)).rows[0]!.pid;
  await untilLockAwaited(admin);
  await admin.query('select pg_terminate_backend($1)', [before]);
  await waiting;
  expect(((await lost) as [Error])[0]).toBeInstanceOf(AlreadyInUseError);
});

async function untilLockAwaited(admin: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await admin.query(`select from pg_locks where locktype = 'advisory' and not granted and objid = 4702112`);
    if (rowCount) return;
  }
}

test('an old session that the server still keeps does not block the lock', async () => {
  const { url, admin } = await aDatabase();
  await hold(url);
  const before = (await admin.query<{ pid: number; name: string }>(SESSIONS.replace('pid', 'pid, application_name as name'))).rows[0]!;
  // What a network failure leaves: a session with our name that holds the lock and has no client.
  const ghost = new pg.Client(connectionConfig(url));
  ghost.on('error', () => {});
  await ghost.connect();
  await ghost.query(`select set_config('application_name', $1, false)`, [before.name]);
  const taken = ghost.query('select pg_advisory_lock(4702112)');
  await untilLockAwaited(admin);
  await admin.query('select pg_terminate_backend($1)', [before.pid]);
  await taken;
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_locks where locktype = 'advisory' and granted and objid = 4702112 and database = (select oid from pg_database where datname = current_database())`,
  );
  await holderOtherThan(admin, rows[0]!.pid);
});

test('a release while the connection is lost keeps the lock from being acquired again', async () => {
  const { url, admin } = await aDatabase();
  const lock = await hold(url);
  const before = (await admin.query<{ pid: number }>(SESSIONS)).rows[0]!.pid;
  await admin.query('select pg_terminate_backend($1)', [before]);
  await lock.release();
  await (await hold(url)).release();
});

test('a silent connection is replaced and the lock acquired again; releasing a silent one leaves no session behind', async () => {
  const { url, admin } = await aDatabase();
  const proxy = await freezingProxy(url);
  undo.push(() => proxy.close());
  const lost: Error[] = [];
  const lock = await hold(proxy.url, (error) => lost.push(error));
  const before = (await admin.query<{ pid: number }>(SESSIONS)).rows[0]!.pid;
  proxy.freeze();
  await holderOtherThan(admin, before);
  await expect(holdInstance(url, { onLost: () => {} })).rejects.toThrow(AlreadyInUseError);
  expect(lost).toEqual([]);
  proxy.freeze();
  await lock.release();
  await (await hold(url)).release();
}, 30_000);

test('an unreachable database throws the driver’s error', async () => {
  await expect(holdInstance('postgres://nobody@127.0.0.1:1/none', { onLost: () => {} })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
