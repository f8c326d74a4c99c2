import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { freshDatabase } from '../testing/database.ts';
import { openDatabase } from './database.ts';

test('the databases of two tests share nothing and have the migrated schema', async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  try {
    await one.db.insertInto('consumers').values({ id: 'con_1', name: 'Ada', email: null }).execute();
    expect(await other.db.selectFrom('consumers').selectAll().execute()).toEqual([]);
    expect((await one.db.selectFrom('installation').select('id').executeTakeFirst())?.id).toBe('inst_test');
  } finally {
    await Promise.all([one.drop(), other.drop()]);
  }
});

test('a counter is read as a number', async () => {
  const fresh = await freshDatabase();
  try {
    const { rows } = await sql<{ big: unknown }>`select 9007199254740991::bigint as big`.execute(fresh.db);
    expect(rows[0]?.big).toBe(Number.MAX_SAFE_INTEGER);
  } finally {
    await fresh.drop();
  }
});

test('options in the connection string are applied, except that the search path is always the product’s', async () => {
  const fresh = await freshDatabase();
  const joint = fresh.url.includes('?') ? '&' : '?';
  const db = openDatabase(`${fresh.url}${joint}options=${encodeURIComponent('-c search_path=public -c work_mem=5MB')}`);
  try {
    const { rows } = await sql<{ path: string; memory: string }>`
      select current_setting('search_path') as path, current_setting('work_mem') as memory`.execute(db);
    expect(rows[0]).toEqual({ path: 'api_factory', memory: '5MB' });
  } finally {
    await db.destroy();
    await fresh.drop();
  }
});

test('a connection that dies while idle is reported, and the pool opens another', async () => {
  const fresh = await freshDatabase();
  const errors = new EventEmitter();
  const reported = once(errors, 'reported');
  const db = openDatabase(fresh.url, { max: 1, onError: (error) => errors.emit('reported', error) });
  try {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0})`.execute(fresh.db);
    expect(((await reported) as [Error])[0].message).toMatch(/terminat/);
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  } finally {
    await db.destroy();
    await fresh.drop();
  }
});

const SETTINGS = `select current_setting('search_path') || ' ' || current_setting('timezone') || ' ' || current_setting('lock_timeout') || ' ' ||
  current_setting('idle_in_transaction_session_timeout') || ' ' || current_setting('enable_seqscan') as settings, pg_backend_pid() as pid`;

test('every connection has its session settings before its first query, even if opened concurrently or after a loss', async () => {
  const fresh = await freshDatabase();
  const db = openDatabase(fresh.url, { max: 4, byKeyOnly: true });
  const readSettings = async () => {
    const found = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const { rows } = await sql<{ settings: string; pid: number }>`${sql.raw(SETTINGS)}, pg_sleep(0.05)`.execute(db);
        return rows[0];
      }),
    );
    expect([...new Set(found.map((row) => row?.settings))]).toEqual(['api_factory UTC 10s 5s off']);
    return found.map((row) => row?.pid ?? 0);
  };
  try {
    const before = await readSettings();
    expect(new Set(before).size).toBe(4);
    await sql`select pg_terminate_backend(pid) from unnest(${before}::int[]) as pid`.execute(fresh.db);
    await expect.poll(() => readSettings().catch(() => before)).not.toEqual(before);
  } finally {
    await db.destroy();
    await fresh.drop();
  }
});

test('a connection that is lost while its settings are applied is never used and crashes nothing; the next one works', async () => {
  const fresh = await freshDatabase();
  const { hostname, port } = new URL(fresh.url);
  let losses = 2;
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const side of [client, server]) side.on('error', () => {}).on('close', () => [client, server].map((one) => one.destroy()));
    client.on('data', (bytes) => {
      if (losses > 0 && bytes.includes('set search_path')) {
        losses -= 1;
        client.destroy();
      } else server.write(bytes);
    });
    server.on('data', (bytes) => client.write(bytes));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(fresh.url);
  url.host = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
  const db = openDatabase(url.href, { max: 1 });
  try {
    for (let loss = 0; loss < 2; loss += 1) await expect(sql.raw('select 1').execute(db)).rejects.toThrow(/terminated/i);
    const { rows } = await sql.raw<{ settings: string }>(SETTINGS).execute(db);
    expect(rows[0]?.settings).toBe('api_factory UTC 10s 5s on');
  } finally {
    await db.destroy();
    proxy.close();
    await fresh.drop();
  }
});
