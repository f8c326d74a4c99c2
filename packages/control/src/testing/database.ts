import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { connectionConfig, type Database, openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';

/** The installation id of every fresh database. */
export const TEST_INSTALLATION = 'inst_test';

const TEMPLATE_LOCK = 4_702_199;
const MIGRATIONS = new URL('../store/migrations/', import.meta.url);

/** A database for one test. */
export interface FreshDatabase {
  url: string;
  db: Database;
  /** Closes the pool and drops the database, even while others are connected to it. */
  drop(): Promise<void>;
}

/** Created once per worker. */
let template: Promise<string> | null = null;

/** A migrated database, copied from a template that is created once for each set of migrations. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { adminUrl, run } = inject('testServer');
  template ??= migratedTemplate(adminUrl);
  const from = await template;
  const name = `af_test_${run}_${randomBytes(5).toString('hex')}`;
  // The default strategy writes every page to the WAL, which takes five times the CPU time.
  await asAdmin(adminUrl, (admin) => admin.query(`create database ${name} template ${from} strategy file_copy`));
  const url = withDatabase(adminUrl, name);
  const db = openDatabase(url);
  return { url, db, drop: () => db.destroy().then(() => asAdmin(adminUrl, (admin) => dropDatabase(admin, name))) };
}

/** An empty database, for tests of the migrations. */
export async function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { adminUrl, run } = inject('testServer');
  const name = `af_test_${run}_${randomBytes(5).toString('hex')}`;
  await asAdmin(adminUrl, (admin) => admin.query(`create database ${name} template template0`));
  return { url: withDatabase(adminUrl, name), drop: () => asAdmin(adminUrl, (admin) => dropDatabase(admin, name)) };
}

/** The rows that a statement returns, on a new connection. */
export async function ask<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Drops the databases of one run on a server that outlives it. */
export async function dropDatabases(adminUrl: string, run: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>('select datname as name from pg_database where datname like $1', [
      `af\\_test\\_${run}\\_%`,
    ]);
    for (const { name } of rows) await dropDatabase(admin, name);
  });
}

async function migratedTemplate(adminUrl: string): Promise<string> {
  const name = `af_template_${await migrationsHash()}`;
  await asAdmin(adminUrl, async (admin) => {
    if (await isComplete(admin, name)) return;
    // Other worker processes, and other runs on the same server, need the same template.
    await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    if (await isComplete(admin, name)) return;
    await dropDatabase(admin, name);
    await admin.query(`create database ${name} template template0`);
    await migrate(withDatabase(adminUrl, name), TEST_INSTALLATION);
    // Last step: a template without this mark is left over from a run that was aborted.
    await admin.query(`alter database ${name} is_template true allow_connections false`);
  });
  return name;
}

async function isComplete(admin: pg.Client, name: string): Promise<boolean> {
  return (await admin.query('select from pg_database where datname = $1 and datistemplate', [name])).rowCount === 1;
}

async function migrationsHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(MIGRATIONS)).sort()) hash.update(name).update(await readFile(new URL(name, MIGRATIONS)));
  return hash.digest('hex').slice(0, 16);
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query(`drop database if exists ${name} with (force)`);
}

async function asAdmin<T>(adminUrl: string, act: (admin: pg.Client) => Promise<T>): Promise<void> {
  const admin = new pg.Client({ ...connectionConfig(adminUrl), options: '-c lock_timeout=0' });
  admin.on('error', () => {});
  await admin.connect();
  try {
    await act(admin);
  } finally {
    await admin.end();
  }
}

function withDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * A separate pool for a test. `end` resolves before the sessions have ended, so the error of a
 * session that a forced drop terminates still arrives, at a client or at the pool: without
 * listeners it would crash the process.
 */
export function testPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
