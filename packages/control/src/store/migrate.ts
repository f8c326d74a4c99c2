import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { connectAlone, LOCK_TIMEOUT, SCHEMA } from './database.ts';

/** An arbitrary number: the advisory lock that keeps two starts from migrating at once. */
const MIGRATION_LOCK = 4_702_111;
const OLDEST_SERVER = 150_000;
const FOLDER = new URL('./migrations/', import.meta.url);

/** This version can't use the database. The message says how to fix that. */
export class DatabaseVersionError extends Error {
  override name = 'DatabaseVersionError';
}

/** A numbered SQL file, never edited after a release; `sha` guards against that. */
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

/** `applied` < `known`: needs migrating; `applied` > `known`: newer than this version. */
export interface MigrationState {
  serverVersion: number;
  applied: number;
  known: number;
}

/**
 * Brings the schema up to date, each migration in its own transaction. Concurrent starts do it one
 * after the other.
 * @param installationId for a new database; an existing one keeps its own
 * @param folder of the SQL files; replaced by tests
 * @throws DatabaseVersionError when the server is older than Postgres 15, or the schema is newer
 *   than this version
 */
export async function migrate(url: string, installationId: string, folder: URL = FOLDER): Promise<MigrationState> {
  const client = await connectAlone(url, { purpose: 'migration' });
  try {
    // Another start may be running a long migration; only the migrations themselves must not wait
    // long for locks.
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

/**
 * For a new database only: on an existing one, a role without the right to create schemas is
 * enough.
 */
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
    // If the connection is lost, the server rolls back.
    await client.query('rollback').catch(() => {});
    throw new DatabaseVersionError(`migration ${name} failed: ${(error as Error).message}`);
  }
}

/** Read only; also used by `doctor`. */
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

/** A migration’s file name and the hash of its text, which are compared. */
export interface AppliedMigration {
  name: string;
  sha: string;
}

/**
 * Why this version must not use a database, in one sentence; null when it may.
 * @param serverVersion `server_version_num`: 150004 is 15.4
 */
export function whyUnusable(serverVersion: number, done: AppliedMigration[], known: AppliedMigration[]): string | null {
  if (serverVersion < OLDEST_SERVER) {
    return `the database server is version ${Math.floor(serverVersion / 10_000)}; use Postgres 15 or newer`;
  }
  if (done.length > known.length) {
    return `the database has migration ${done.at(-1)?.name}, which this version does not know; start the newer version, or restore a backup from before it`;
  }
  const edited = done.find(({ sha }, index) => sha !== known[index]?.sha);
  return edited ? `migration ${edited.name} differs from the one applied to the database; use the released version` : null;
}
