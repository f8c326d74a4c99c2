import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { emptyDatabase, freshDatabase } from '../testing/database.ts';
import { connectAlone } from './database.ts';
import { DatabaseVersionError, migrate, migrationState, whyUnusable } from './migrate.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function anEmptyDatabase(): Promise<string> {
  const { url, drop } = await emptyDatabase();
  undo.push(drop);
  return url;
}

async function aMigratedDatabase(): Promise<string> {
  const { url, drop } = await freshDatabase();
  undo.push(drop);
  return url;
}

async function ask<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = await connectAlone(url);
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** The product's migrations and one more. */
async function withMigration(name: string, text: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  undo.push(() => rm(folder, { recursive: true }));
  await cp(new URL('./migrations/', import.meta.url), folder, { recursive: true });
  await writeFile(join(folder, name), text);
  return pathToFileURL(`${folder}/`);
}

/** The product's migrations before the given number. */
async function migrationsBefore(number: string): Promise<URL> {
  const folder = await withMigration('0000_none.sql', '');
  for (const name of await readdir(folder)) if (name >= number || name.startsWith('0000')) await rm(new URL(name, folder));
  return folder;
}

test('two starts on an empty database migrate it once, and it keeps one installation id', async () => {
  const url = await anEmptyDatabase();
  const states = await Promise.all([migrate(url, 'inst_a'), migrate(url, 'inst_b')]);
  expect(states.map(({ applied, known }) => applied === known && known > 0)).toEqual([true, true]);
  expect(await ask(url, 'select count(*) as rows from installation')).toEqual([{ rows: 1 }]);
  expect(await ask(url, 'select count(*) as rows from migrations')).toEqual([{ rows: states[0]?.known }]);
});

test('a second start changes nothing and keeps the installation id', async () => {
  const url = await anEmptyDatabase();
  await migrate(url, 'inst_first');
  const before = await ask(url, 'select * from migrations');
  await migrate(url, 'inst_second');
  expect(await ask(url, 'select * from migrations')).toEqual(before);
  expect(await ask(url, 'select id from installation')).toEqual([{ id: 'inst_first' }]);
});

test('an empty database has no migrations applied, and reading its state creates nothing', async () => {
  const url = await anEmptyDatabase();
  expect((await migrationState(url)).applied).toBe(0);
  expect(await ask(url, `select nspname from pg_namespace where nspname = 'api_factory'`)).toEqual([]);
});

test('a failing migration is rolled back and named in the error, and the earlier ones stay applied', async () => {
  const url = await anEmptyDatabase();
  const folder = await withMigration('9999_broken.sql', 'create table half_done (id int); select 1 / 0;');
  await expect(migrate(url, 'inst_a', folder)).rejects.toThrow(/9999_broken\.sql failed: division by zero/);
  expect(await ask(url, `select to_regclass('half_done') as found`)).toEqual([{ found: null }]);
  const { applied, known } = await migrationState(url);
  expect(applied).toBe(known);
});

test('records that an earlier version quarantined as duplicates get the SQLSTATE of a duplicate', async () => {
  const url = await anEmptyDatabase();
  await migrate(url, 'inst_a', await migrationsBefore('0009'));
  await ask(
    url,
    `insert into usage_quarantine (gateway_id, reason, record)
     values ('gw', 'duplicate key value violates unique constraint "x"', '{}'), ('gw', 'value out of range', '{}')`,
  );
  await migrate(url, 'inst_a');
  expect(await ask(url, 'select sqlstate from usage_quarantine order by id')).toEqual([{ sqlstate: '23505' }, { sqlstate: null }]);
});

test('a key keeps its operator status when the column is renamed', async () => {
  const url = await anEmptyDatabase();
  await migrate(url, 'inst_a', await migrationsBefore('0010'));
  await ask(
    url,
    `with p as (insert into plans (id, current_version) values ('p', 1)),
       v as (insert into plan_versions (plan_id, version, name, quota_period, rate_window_seconds, snapshot_version) values ('p', 1, 'P', 'month', 60, 1)),
       e as (insert into entitlements (id, plan_id, plan_version, snapshot_version) values ('ent', 'p', 1, 1))
     insert into keys (id, entitlement_id, name, hash, prefix, last4, word, snapshot_version) values ('key', 'ent', 'K', 'h', 'p', 'l4l4', 'suspended', 1)`,
  );
  await migrate(url, 'inst_a');
  expect(await ask(url, 'select operator_status from keys')).toEqual([{ operator_status: 'suspended' }]);
  await expect(ask(url, `update keys set operator_status = 'other'`)).rejects.toThrow('keys_operator_status_check');
});

test('a database that is newer than the code is refused and left unchanged', async () => {
  const url = await aMigratedDatabase();
  await migrate(url, 'inst_a', await withMigration('9999_later.sql', 'create table later (id int);'));
  await expect(migrate(url, 'inst_a')).rejects.toThrow(DatabaseVersionError);
  await expect(migrationState(url)).rejects.toThrow(/9999_later\.sql, which this version does not know/);
});

test('an edited migration is refused by name', async () => {
  const url = await aMigratedDatabase();
  const folder = await withMigration('0001_foundation.sql', '-- another text');
  await expect(migrate(url, 'inst_a', folder)).rejects.toThrow(/0001_foundation\.sql differs/);
});

test('Postgres 15.0 is the oldest accepted server', () => {
  expect(whyUnusable(149_999, [], [])).toBe('the database server is version 14; use Postgres 15 or newer');
  expect(whyUnusable(150_000, [], [])).toBeNull();
});

test('a start waits for another start’s migration, even beyond the statement timeout', async () => {
  const url = await anEmptyDatabase();
  const impatient = `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c statement_timeout=300')}`;
  const folder = await withMigration('9999_slow.sql', 'select pg_sleep(0.6);');
  const states = await Promise.all([migrate(impatient, 'inst_a', folder), migrate(impatient, 'inst_b', folder)]);
  expect(states.map(({ applied, known }) => known - applied)).toEqual([0, 0]);
});

test('every table has row-level security enabled', async () => {
  const url = await aMigratedDatabase();
  const open = await ask(
    url,
    `select relname from pg_class where relnamespace = 'api_factory'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`,
  );
  expect(open).toEqual([]);
});
