import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { connectAlone, LOCK_TIMEOUT, SCHEMA } from './database.ts';

/** Any number: names the advisory lock under which migrations run, so that two starts don't run them at once. */
const MIGRATION_LOCK = 4_702_111;
const OLDEST_SERVER = 150_000;
const FOLDER = new URL('./migrations/', import.meta.url);

/** The database can't be used by this version of the code. The message says how to mend it. */
export class DatabaseVersionError extends Error {
  override name = 'DatabaseVersionError';
}

/** Numbered SQL files, never edited after a release. `sha` guards against that. */
interface Migration {
  number: number;
  name: string;
  sql: string;
  sha: string;
}

async function loadMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { number: Number(name.slice(0, 4)), name, sql, sha: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** What a database has and what the code has: `applied` < `known` needs migrating, `applied` > `known` is newer than the code. */
export interface MigrationState {
  serverVersion: number;
  applied: number;
  known: number;
}

/**
 * Brings the schema up to date, each migration in a transaction of its own. Two starts at once do it one after the other.
 * @param installationId given to a new database; an existing one keeps its own
 * @param folder where the SQL files lie; the product's own unless a test says otherwise
 * @throws DatabaseVersionError when the server is older than Postgres 15, or the schema is newer than the code
 */
export async function migrate(url: string, installationId: string, folder: URL = FOLDER): Promise<MigrationState> {
  const client = await connectAlone(url, { purpose: 'migration' });
  try {
    // Another start may be at a long migration; only the migrations themselves must not wait long for a lock.
    await client.query('set lock_timeout = 0; set idle_in_transaction_session_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`set lock_timeout = '${LOCK_TIMEOUT}'`);
    const migrations = await loadMigrations(folder);
    const state = await readState(client, migrations);
    if (state.applied === 0) await createSchema(client);
    for (const migration of migrations.slice(state.applied)) await apply(client, migration);
    await client.query('insert into installation (id) values ($1) on conflict do nothing', [installationId]);
    return { ...state, applied: state.known };
  } finally {
    await client.end();
  }
}

/** Only for a new database: on one that has it, a role without the right to create schemas is enough. */
async function createSchema(client: pg.Client): Promise<void> {
  await client.query(`create schema if not exists ${SCHEMA}`);
  await client.query(
    `create table if not exists ${SCHEMA}.migrations (number int primary key, name text not null, sha text not null, applied_at timestamptz not null default now())`,
  );
  await client.query(`alter table ${SCHEMA}.migrations enable row level security`);
}

async function apply(client: pg.Client, { number, name, sql, sha }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migrations (number, name, sha) values ($1, $2, $3)', [number, name, sha]);
    await client.query('commit');
  } catch (error) {
    // On a lost connection the server rolls back by itself.
    await client.query('rollback').catch(() => {});
    throw new DatabaseVersionError(`migration ${name} failed: ${(error as Error).message}`);
  }
}

/** Reads without changing anything; used by `doctor` too. */
export async function migrationState(url: string): Promise<MigrationState> {
  const client = await connectAlone(url);
  try {
    return await readState(client, await loadMigrations(FOLDER));
  } finally {
    await client.end();
  }
}

async function readState(client: pg.Client, migrations: Migration[]): Promise<MigrationState> {
  const { rows } = await client.query<{ version: string; known: boolean }>(
    `select current_setting('server_version_num') as version, to_regclass('${SCHEMA}.migrations') is not null as known`,
  );
  const serverVersion = Number(rows[0]?.version);
  const done = rows[0]?.known
    ? (await client.query<AppliedMigration>(`select name, sha from ${SCHEMA}.migrations order by number`)).rows
    : [];
  const refusal = whyUnusable(serverVersion, done, migrations);
  if (refusal) throw new DatabaseVersionError(refusal);
  return { serverVersion, applied: done.length, known: migrations.length };
}

/** What is compared: a migration's file name and the hash of its text. */
export interface AppliedMigration {
  name: string;
  sha: string;
}

/**
 * Why this code must not use a database, in a sentence; null when it may.
 * @param serverVersion as `server_version_num` says it: 150004 is 15.4
 */
export function whyUnusable(serverVersion: number, done: AppliedMigration[], known: AppliedMigration[]): string | null {
  if (serverVersion < OLDEST_SERVER) {
    return `the database server is version ${Math.floor(serverVersion / 10_000)}; use Postgres 15 or newer`;
  }
  if (done.length > known.length) {
    return `the database has migration ${done.at(-1)?.name}, which this version does not know; start the newer version, or restore a back-up from before it`;
  }
  const edited = done.find(({ sha }, index) => sha !== known[index]?.sha);
  return edited ? `migration ${edited.name} differs from the one that the database has; use the released version` : null;
}
