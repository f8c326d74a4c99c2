import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { emptyDatabase, freshDatabase } from '../testing/database.ts';
import { freezingProxy } from '../testing/freezing-proxy.ts';
import { connectionConfig, openDatabase } from './database.ts';
import { holdInstance } from './instance-lock.ts';
import { PoolerModeError, poolingOf } from './pooler.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0;
if (!hasPgBouncer) process.stderr.write('skipped: the pooler tests need pgbouncer; run `apt-get install pgbouncer`\n');

/** PgBouncer refuses root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (geteuid?.() !== 0) return null;
  const fields = /^nobody:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? [];
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/**
 * Starts a pooler in front of the test server. @returns the connection string of `url`’s database
 * through it
 */
async function pooled(url: string, mode: 'session' | 'transaction' | 'statement', more: string[] = []): Promise<string> {
  const { adminUrl } = inject('testServer');
  const { hostname, port, username, password } = new URL(adminUrl);
  const dir = mkdtempSync(join(tmpdir(), 'pooler-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const listenPort = await freePort();
  writeFileSync(join(dir, 'users'), `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`, { mode: 0o600 });
  const settings = [
    '[databases]',
    `* = host=${hostname} port=${port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${join(dir, 'users')}`,
    `pool_mode = ${mode}`,
    ...more,
  ];
  writeFileSync(join(dir, 'ini'), `${settings.join('\n')}\n`);
  const user = unprivileged();
  if (user) for (const path of [dir, join(dir, 'users'), join(dir, 'ini')]) chownSync(path, user.uid, user.gid);
  chmodSync(dir, 0o700);
  const pooler = spawn('pgbouncer', [join(dir, 'ini')], { stdio: ['ignore', 'ignore', 'pipe'], ...user });
  undo.push(() => end(pooler));
  await untilUp(pooler);
  const through = new URL(url);
  through.host = `127.0.0.1:${listenPort}`;
  return through.href;
}

async function untilUp(pooler: ChildProcess): Promise<void> {
  let output = '';
  for await (const bytes of pooler.stderr ?? []) {
    output += String(bytes);
    if (/process up/.test(output)) {
      pooler.stderr?.on('data', () => {}).resume();
      return;
    }
  }
  throw new Error(`pgbouncer did not start: ${output}`);
}

async function end(pooler: ChildProcess): Promise<void> {
  const gone = once(pooler, 'exit');
  if (pooler.exitCode !== null || !pooler.kill('SIGKILL')) return;
  await gone;
}

/** The search path that another client of the pooler gets. */
async function searchPath(url: string): Promise<string> {
  const client = new pg.Client(connectionConfig(url));
  await client.connect();
  undo.push(() => client.end());
  return (await client.query<{ search_path: string }>('show search_path')).rows[0]?.search_path ?? '';
}

async function aDatabase(): Promise<string> {
  const fresh = await freshDatabase();
  undo.push(() => fresh.drop());
  return fresh.url;
}

test('a direct connection to the server is not taken for a pooler', async () => {
  expect(await poolingOf(await aDatabase())).toBe('direct');
});

describe.skipIf(!hasPgBouncer)('a pooler', () => {
  test.each([
    ['transaction', []],
    ['transaction', ['server_round_robin = 1', 'min_pool_size = 5']],
    ['transaction', ['default_pool_size = 1']],
    ['statement', []],
  ] as const)('in %s mode %j is refused at startup, and none of our settings remain in its sessions', async (mode, more) => {
    const { url, drop } = await emptyDatabase();
    undo.push(drop);
    const through = await pooled(url, mode, [...more]);
    await expect(holdInstance(through, { onLost: () => {} })).rejects.toThrow(PoolerModeError);
    const direct = openDatabase(url, { max: 1 });
    undo.push(() => direct.destroy());
    const { rows } = await sql<{ locks: number }>`
      select count(*)::int as locks from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`.execute(
      direct,
    );
    expect(rows).toEqual([{ locks: 0 }]);
    expect(await searchPath(through)).not.toContain('api_factory');
  });

  test('in session mode with too few sessions is refused without blocking the start', async () => {
    const through = await pooled(await aDatabase(), 'session', ['default_pool_size = 1']);
    await expect(holdInstance(through, { onLost: () => {} })).rejects.toThrow(/has no free session/);
  });

  test('in session mode is accepted: our settings apply, and a second product is refused', async () => {
    const through = await pooled(await aDatabase(), 'session');
    expect(await poolingOf(through)).toBe('session');
    const lock = await holdInstance(through, { onLost: () => {} });
    undo.push(() => lock.release());
    await expect(holdInstance(through, { onLost: () => {} })).rejects.toThrow(/used by another api-factory/);
    const db = openDatabase(through, { max: 1, byKeyOnly: true });
    undo.push(() => db.destroy());
    const { rows } = await sql<Record<string, string>>`
      select current_setting('search_path') as path, current_setting('lock_timeout') as lock, current_setting('enable_seqscan') as scan`.execute(
      db,
    );
    expect(rows).toEqual([{ path: 'api_factory', lock: '10s', scan: 'off' }]);
  });

  test('in session mode does not prevent terminating the session of a silent connection', async () => {
    const url = await aDatabase();
    const proxy = await freezingProxy(await pooled(url, 'session'));
    undo.push(() => proxy.close());
    const [db, other] = [openDatabase(proxy.url, { silenceMs: 300 }), openDatabase(url)];
    undo.push(() => Promise.all([db.destroy(), other.destroy()]));
    const frozen = proxy.freezeAt('update "snapshot_version"');
    const change = db.transaction().execute((tx) => tx.updateTable('snapshot_version').set({ version: 7 }).execute());
    const failed = expect(change).rejects.toThrow();
    await frozen;
    await other.updateTable('snapshot_version').set({ version: 8 }).execute();
    await failed;
  });
});
