import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../packages/control/src/store/embedded.ts';
import { migrate } from '../../packages/control/src/store/migrate.ts';
import { formatKey } from '../../packages/core/src/index.ts';
import { LOAD_CORE, movePid } from './process.ts';

/** One database server with a database per contestant that needs one, all with the same keys. */
export interface Fixture {
  dir: string;
  keysFile: string;
  aKey: string;
  handWrittenUrl: string;
  productUrl: string;
  close(): Promise<void>;
}

const quiet = { info() {}, warn() {} };

export async function makeFixture(keyCount: number): Promise<Fixture> {
  const dir = mkdtempSync(join(tmpdir(), 'api-factory-bench-'));
  // The database server and nginx run as other users when this is root.
  chmodSync(dir, 0o755);
  const server = await startEmbedded({ dataDir: join(dir, 'database'), log: quiet });
  const close = async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const postmaster = readFileSync(join(dir, 'database', 'postgres', 'postmaster.pid'), 'utf8');
    movePid(Number(postmaster.split('\n')[0]), LOAD_CORE);
    const [handWrittenUrl, productUrl] = await Promise.all(['hand_written', 'product'].map((name) => createDatabase(server.url, name)));
    if (!handWrittenUrl || !productUrl) throw new Error('no database');
    const keys = Array.from({ length: keyCount }, () => formatKey('live', randomBytes));
    const keysFile = join(dir, 'keys.txt');
    writeFileSync(keysFile, `${keys.join('\n')}\n`, { mode: 0o644 });
    await fillHandWritten(handWrittenUrl, keys);
    await migrate(productUrl, 'installation_bench');
    await fillProduct(productUrl, keys);
    return { dir, keysFile, aKey: keys[0] ?? '', handWrittenUrl, productUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onDatabase(serverUrl, (client) => client.query(`create database ${name} template template0`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function fillHandWritten(url: string, keys: string[]): Promise<void> {
  await onDatabase(url, async (client) => {
    await client.query(`
      create table keys (id text primary key, hash text not null unique, quota int not null);
      create table usage (id bigint generated always as identity primary key, key_id text not null, route text not null,
        status int not null, request_id text not null, at timestamptz not null);
      create index on usage (key_id, at)`);
    await client.query(`insert into keys select 'key_' || n, hash, 1000000000 from unnest($1::text[]) with ordinality as t (hash, n)`, [
      keys.map(sha256),
    ]);
    await client.query('analyze keys');
  });
}

/** A plan with limits that are enforced but never reached, and an entitlement for each key. */
async function fillProduct(url: string, keys: string[]): Promise<void> {
  await onDatabase(url, async (client) => {
    await client.query('begin');
    await client.query('set local search_path to api_factory');
    await client.query(`
      insert into plans (id, current_version) values ('bench', 1);
      insert into plan_versions (plan_id, version, name, quota_limit, quota_period, rate_limit, rate_window_seconds, snapshot_version)
        values ('bench', 1, 'Bench', 1000000000, 'month', 100000000, 60, 1);
      insert into entitlements (id, plan_id, plan_version, snapshot_version)
        select 'ent_' || n, 'bench', 1, 1 from generate_series(1, ${keys.length}) as n;
      update snapshot_version set version = version + 1`);
    await client.query(
      `insert into keys (id, entitlement_id, name, hash, prefix, last4, snapshot_version)
       select 'key_' || n, 'ent_' || n, 'bench ' || n, hash, 'af_live_', '', 1 from unnest($1::text[]) with ordinality as t (hash, n)`,
      [keys.map(sha256)],
    );
    await client.query('commit');
    await client.query('analyze');
  });
}

/** The number of the product's usage events in the database. */
export async function countEvents(url: string): Promise<number> {
  return onDatabase(url, async (client) => {
    const { rows } = await client.query<{ count: string }>('select count(*) as count from api_factory.usage_events');
    return Number(rows[0]?.count);
  });
}
