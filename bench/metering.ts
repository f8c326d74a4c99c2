/**
 * How fast usage is shipped from the spool to the database: events, ledger, roll-ups, settlement
 * and cursor, on one connection. Compared in the same run with handwritten inserts without ledger
 * and roll-ups, one row or many per statement. Uses its own embedded database or the server in
 * BENCH_DATABASE_URL.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { createUsageSink, type Database, maintainPartitions, migrate, openDatabase, startEmbedded } from '../packages/control/src/index.ts';
import { connectAlone } from '../packages/control/src/store/database.ts';
import { Progress } from '../packages/gateway/src/spool/progress.ts';
import { encodeIdentity, encodeTarget } from '../packages/gateway/src/spool/record.ts';
import { Shipper } from '../packages/gateway/src/spool/shipper.ts';
import { Spool } from '../packages/gateway/src/spool/spool.ts';
import { median, printTable } from './table.ts';

const EVENTS = 200_000;
const SAMPLES = 5;
const KEY_COUNTS = [1, 100, 10_000];
const ROWS_ONE_BY_ONE = 3_000;
const ROWS_AT_ONCE = 1_000;

const clock = { now: () => Date.now() };

interface Bench {
  db: Database;
  url: string;
  dir: string;
}

/** Writes `EVENTS` events to a spool and ships it. @returns events/s shipped, CPU µs per write */
async function ship({ db, dir }: Bench, keys: number): Promise<{ shipped: number; spoolCpuMicros: number }> {
  const gatewayId = `gw_${randomBytes(6).toString('hex')}`;
  const sink = createUsageSink(db, { gatewayId });
  const { epoch, cursor, installationId } = await sink.open({ gatewayId, installationId: null, bootId: 'bench' });
  const periods = await seedLeases(db, gatewayId, keys);
  const owner = { gatewayId, installationId };
  const progress = new Progress();
  progress.cursor = cursor;
  const spool = await Spool.open({ dir: join(dir, gatewayId), owner, epoch, cursor, progress, rebooted: false, fsyncMs: 10 });
  const spoolCpuMicros = await fill(spool, periods);
  const shipper = new Shipper({ onRewound: () => {}, spool, sink, clock, progress, onError: (error) => console.error(error) });
  const startedAt = performance.now();
  await shipper.drain();
  const shipped = (EVENTS / (performance.now() - startedAt)) * 1000;
  await spool.close();
  await rm(spool.dir, { recursive: true });
  await check(db, gatewayId);
  return { shipped, spoolCpuMicros };
}

/** One entitlement with a lease per key. */
async function seedLeases(db: Database, gatewayId: string, keys: number): Promise<string[]> {
  const periods = Array.from({ length: keys }, (_, i) => `per_${gatewayId}_${i}`);
  await db.insertInto('plans').values({ id: gatewayId, current_version: 1 }).execute();
  const limits = { quota_limit: 1e9, quota_period: 'month' as const, rate_limit: null, rate_window_seconds: 60, apis: null };
  const price = { price_amount_cents: null, price_currency: null, price_interval: null };
  await db
    .insertInto('plan_versions')
    .values({ plan_id: gatewayId, version: 1, name: 'bench', snapshot_version: 1, ...limits, ...price })
    .execute();
  const [startsAt, endsAt] = [new Date(clock.now() - 86_400_000), new Date(clock.now() + 86_400_000)];
  for (let from = 0; from < keys; from += 1000) {
    const ids = periods.slice(from, from + 1000);
    const entitlement = { consumer_id: null, plan_id: gatewayId, plan_version: 1, snapshot_version: 1 };
    await db
      .insertInto('entitlements')
      .values(ids.map((id) => ({ id, ...entitlement })))
      .execute();
    const quota = { starts_at: startsAt, ends_at: endsAt, leased: 1e6 };
    await db
      .insertInto('quotas')
      .values(ids.map((id) => ({ period_id: id, entitlement_id: id, ...quota })))
      .execute();
    await db
      .insertInto('leases')
      .values(ids.map((id) => ({ gateway_id: gatewayId, period_id: id, units: 1e6, request_id: null })))
      .execute();
  }
  return periods;
}

/**
 * Appends the events, a few per turn of the event loop as under load. @returns CPU µs per event
 */
async function fill(spool: Spool, periods: string[]): Promise<number> {
  const identities = periods.map((id) => encodeIdentity(id, `key_${id.slice(4)}`, null));
  const target = encodeTarget('actions', 'POST', '/api/v1/actions');
  const now = clock.now();
  const before = process.cpuUsage();
  for (let i = 0; i < EVENTS; i++) {
    // A fixed step that visits all keys in a scattered order.
    const key = (i * 7919) % periods.length;
    const parts = {
      epoch: 0,
      sequence: 0,
      ts: now + Math.floor((i / EVENTS) * 2_000),
      status: 200,
      cost: 1,
      requestBytes: 60,
      responseBytes: 120,
    };
    const rest = {
      identity: identities[key] as Buffer,
      target,
      periodId: periods[key] as string,
      durationMs: 0.42,
      requestId: `req_0123456789${i}`,
    };
    spool.appendEvent({ ...parts, ...rest }, () => {});
    if (i % 64 === 63) await new Promise(setImmediate);
  }
  await spool.flushed();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EVENTS;
}

/** A bench that loses events measures nothing. */
async function check(db: Database, gatewayId: string): Promise<void> {
  const like = `%${gatewayId.slice(3)}%`;
  const { calls } = await db
    .selectFrom('ledger')
    .select((is) => is.fn.sum<number>('calls').as('calls'))
    .where('period_id', 'like', like)
    .executeTakeFirstOrThrow();
  const { settled } = await db
    .selectFrom('quotas')
    .select((is) => is.fn.sum<number>('settled').as('settled'))
    .where('period_id', 'like', like)
    .executeTakeFirstOrThrow();
  if (Number(calls) !== EVENTS || Number(settled) !== EVENTS)
    throw new Error(`expected ${EVENTS} calls and units, got ${calls} and ${settled}`);
}

const COLUMNS =
  'day, id, ts, entitlement_id, period_id, key_id, api, method, route, status, cost, request_bytes, response_bytes, duration_ms, request_id';

const rowOf = (run: string, i: number): unknown[] => {
  const ts = new Date();
  return [ts, `${run}-${i}`, ts, 'ent', 'per', 'key', 'actions', 'POST', '/api/v1/actions', 200, 1, 60, 120, 0.42, `req_0123456789${i}`];
};

/** Inserts `count` rows, `atOnce` per statement. @returns rows per second */
async function insertPlainly(client: pg.Client, count: number, atOnce: number): Promise<number> {
  const run = randomBytes(6).toString('hex');
  const startedAt = performance.now();
  for (let from = 0; from < count; from += atOnce) {
    const rows = Array.from({ length: atOnce }, (_, i) => rowOf(run, from + i));
    const width = rows[0]?.length ?? 0;
    const places = rows.map((row, r) => `(${row.map((_, c) => `$${r * width + c + 1}`).join(', ')})`).join(', ');
    await client.query(`insert into plain_events (${COLUMNS}) values ${places}`, rows.flat());
  }
  return (count / (performance.now() - startedAt)) * 1000;
}

async function run(bench: Bench): Promise<void> {
  const client = await connectAlone(bench.url);
  const { rows } = await client.query('select version()');
  console.log(`database ${rows[0].version.split(' on ')[0]}`);
  await client.query('create table if not exists plain_events (like usage_events including all)');
  const results = new Map<string, number[]>();
  const note = (name: string, value: number) => results.set(name, [...(results.get(name) ?? []), value]);
  const spool: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    note('inserts, one row each', await insertPlainly(client, ROWS_ONE_BY_ONE, 1));
    note(`inserts, ${ROWS_AT_ONCE} rows each`, await insertPlainly(client, 50 * ROWS_AT_ONCE, ROWS_AT_ONCE));
    for (const keys of KEY_COUNTS) {
      const { shipped, spoolCpuMicros } = await ship(bench, keys);
      note(`spool → database, ${keys} key${keys === 1 ? '' : 's'}`, shipped);
      spool.push(spoolCpuMicros);
    }
  }
  await client.end();
  const base = median(results.get(`inserts, ${ROWS_AT_ONCE} rows each`) ?? []);
  const lines = [...results].map(([name, values]) => {
    const middle = median(values);
    return [name, Math.round(middle), Math.round(Math.min(...values)), Math.round(Math.max(...values)), `${(middle / base).toFixed(2)} ×`];
  });
  printTable(
    `Events per second on one connection (median of ${SAMPLES}). Plain inserts write no ledger, roll-ups or quota.`,
    ['way', 'events/s', 'least', 'most', 'ratio'],
    lines,
  );
  console.log(`\nspool write: ${median(spool).toFixed(2)} µs of CPU per event`);
}

const dir = await mkdtemp(join(tmpdir(), 'api-factory-bench-'));
const given = process.env.BENCH_DATABASE_URL;
const server = given ? null : await startEmbedded({ dataDir: dir, log: { info: () => {}, warn: () => {} } });
try {
  const url = given ?? server?.url ?? '';
  await migrate(url, 'inst_bench');
  const db = openDatabase(url, { max: 1 });
  await maintainPartitions(db, { retentionDays: 30, now: new Date(clock.now()) });
  await run({ db, url, dir });
  await db.destroy();
} finally {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
}
