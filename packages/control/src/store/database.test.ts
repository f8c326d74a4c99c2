import { EventEmitter, once } from 'node:events';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { freshDatabase } from '../testing/database.ts';
import { openDatabase } from './database.ts';

test('databases of two tests share nothing, and carry the migrated schema', async () => {
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

test('options of the connection string are kept, and the product’s search path is kept beside them', async () => {
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
