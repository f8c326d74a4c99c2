import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import { createUsageSink } from '../ingest/sink.ts';
import { aBatch, aGateway, anEntitlement, anEvent } from '../testing/fixtures.ts';
import { firstKeptDay, maintainPartitions } from './retention.ts';
import { listPartitions } from './retention-store.ts';

const NOW = new Date('2025-06-15T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ago = (ms: number) => NOW.getTime() - ms;

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await freshDatabase();
});
afterEach(() => fresh.drop());

const maintain = (now = NOW, retentionDays = 30) => maintainPartitions(fresh.db, { retentionDays, now });
const tableOf = async (ts: number) =>
  (
    await sql<{ name: string }>`select tableoid::regclass::text as name from usage_events where ts = ${new Date(ts)}`.execute(fresh.db)
  ).rows.map(({ name }) => name);

async function store(...times: number[]): Promise<void> {
  const gatewayId = `gw_${times[0]}`;
  const sink = createUsageSink(fresh.db, { gatewayId });
  await sink.open({ gatewayId, installationId: null, bootId: 'boot' });
  await sink.commit(aBatch({ events: times.map((ts) => anEvent({ ts })) }));
}

async function aPeriod(startsAt: Date, endsAt: Date): Promise<string> {
  const period_id = `per_${startsAt.getTime()}`;
  await fresh.db
    .insertInto('quotas')
    .values({ period_id, entitlement_id: await anEntitlement(fresh.db), starts_at: startsAt, ends_at: endsAt })
    .execute();
  return period_id;
}

describe('partitions', () => {
  test('are created once for today and tomorrow, with row-level security', async () => {
    await maintain();
    await maintain();
    expect(await listPartitions(fresh.db)).toEqual(['2025-06-15', '2025-06-16']);
    const { rows } = await sql`select relname from pg_class c join pg_inherits on inhrelid = oid
      where inhparent = 'usage_events'::regclass and not relrowsecurity`.execute(fresh.db);
    expect(rows).toEqual([]);
  });

  test('are created once by two concurrent processes', async () => {
    await Promise.all([maintain(), maintain()]);
    expect(await listPartitions(fresh.db)).toEqual(['2025-06-15', '2025-06-16']);
  });

  test('store the events of their day; other events go to the default partition', async () => {
    await maintain();
    const midnight = Date.parse('2025-06-16T00:00:00Z');
    await store(midnight - 1, midnight, midnight + DAY_MS);
    expect(await tableOf(midnight - 1)).toEqual(['usage_events_20250615']);
    expect(await tableOf(midnight)).toEqual(['usage_events_20250616']);
    expect(await tableOf(midnight + DAY_MS)).toEqual(['usage_events_default']);
  });

  test('take over their events from the default partition when they are created', async () => {
    await store(ago(0));
    expect(await tableOf(ago(0))).toEqual(['usage_events_default']);
    await maintain();
    expect(await tableOf(ago(0))).toEqual(['usage_events_20250615']);
  });

  test('have the indexes of the table', async () => {
    await maintain();
    const { rows } = await sql<{ def: string }>`select indexdef as def from pg_indexes where tablename = 'usage_events_20250615'`.execute(
      fresh.db,
    );
    expect(rows.map(({ def }) => def.slice(def.indexOf('('))).sort()).toEqual([
      '(day, id)',
      '(key_id, ts DESC, id DESC)',
      '(ts DESC, id DESC)',
    ]);
  });

  test('are kept for the retention and dropped a day later', async () => {
    await maintain();
    await maintain(new Date(NOW.getTime() + 30 * DAY_MS));
    expect(await listPartitions(fresh.db)).toContain('2025-06-15');
    await maintain(new Date(NOW.getTime() + 31 * DAY_MS));
    const left = await listPartitions(fresh.db);
    expect(left).not.toContain('2025-06-15');
    expect(left).toContain('2025-06-16');
  });

  test('with a day of an open period are kept, regardless of the retention', async () => {
    await maintain();
    await store(ago(0));
    const later = new Date(NOW.getTime() + 40 * DAY_MS);
    const period = await aPeriod(NOW, new Date(later.getTime() + 1));
    await maintain(later, 1);
    expect(await tableOf(ago(0))).toEqual(['usage_events_20250615']);
    await fresh.db.updateTable('quotas').set({ ends_at: later }).where('period_id', '=', period).execute();
    await maintain(later, 1);
    expect(await tableOf(ago(0))).toEqual([]);
  });

  test('include the default one, whose old events are deleted by the same rule', async () => {
    await store(ago(31 * DAY_MS), ago(30 * DAY_MS));
    await maintain();
    expect(await tableOf(ago(31 * DAY_MS))).toEqual([]);
    expect(await tableOf(ago(30 * DAY_MS))).toEqual(['usage_events_default']);
  });
});

describe('firstKeptDay', () => {
  test.each([
    [0, null, '2025-06-15'],
    [1, null, '2025-06-14'],
    [30, null, '2025-05-16'],
    [30, '2025-06-01T00:00:00Z', '2025-05-16'],
    [30, '2025-05-15T23:59:59Z', '2025-05-15'],
    [1, '2024-12-31T10:00:00Z', '2024-12-31'],
  ])('with a retention of %i days and the oldest open period from %s is %s', (retentionDays, open, day) => {
    expect(firstKeptDay({ retentionDays, now: NOW }, open ? new Date(open) : null)).toBe(day);
  });
});

describe('roll-ups and other rows', () => {
  test('minutes are deleted after 48 hours and hours after 90 days; days and the ledger are kept', async () => {
    const ages = [47 * HOUR_MS, 49 * HOUR_MS, 89 * DAY_MS, 91 * DAY_MS];
    await store(...ages.map(ago));
    await maintain();
    const count = async (table: 'usage_minutes' | 'usage_hours' | 'usage_days') =>
      (await fresh.db.selectFrom(table).select('calls').execute()).reduce((sum, { calls }) => sum + calls, 0);
    expect([await count('usage_minutes'), await count('usage_hours'), await count('usage_days')]).toEqual([1, 3, 4]);
    expect(await fresh.db.selectFrom('ledger').select('calls').execute()).toEqual([{ calls: 4 }]);
  });

  test('refusals are deleted after 90 days, idempotent responses after 24 hours', async () => {
    const refusal = { entitlement_id: 'ent', key_id: 'key', code: 'X', count: 1 };
    const minutes = [89 * DAY_MS, 91 * DAY_MS].map((age) => ({ ...refusal, minute: new Date(ago(age)) }));
    await fresh.db.insertInto('usage_refusals').values(minutes).execute();
    const answer = { operator: 'env', request_hash: 'x', status: 201, body: null };
    const answers = [23 * HOUR_MS, 25 * HOUR_MS].map((age) => ({ ...answer, key: `key_${age}`, created_at: new Date(ago(age)) }));
    await fresh.db.insertInto('idempotency').values(answers).execute();
    await maintain();
    expect(await fresh.db.selectFrom('usage_refusals').select('minute').execute()).toEqual([{ minute: new Date(ago(89 * DAY_MS)) }]);
    expect(await fresh.db.selectFrom('idempotency').select('key').execute()).toEqual([{ key: `key_${23 * HOUR_MS}` }]);
  });

  test('empty leases are deleted a week after their period ended; leases with units are kept', async () => {
    const gateway_id = await aGateway(fresh.db, 'gw');
    const old = await aPeriod(new Date(ago(60 * DAY_MS)), new Date(ago(8 * DAY_MS)));
    const withUnits = await aPeriod(new Date(ago(59 * DAY_MS)), new Date(ago(8 * DAY_MS)));
    const recent = await aPeriod(new Date(ago(50 * DAY_MS)), new Date(ago(6 * DAY_MS)));
    const lease = { gateway_id, request_id: null };
    await fresh.db
      .insertInto('leases')
      .values([
        { ...lease, period_id: old, units: 0 },
        { ...lease, period_id: withUnits, units: 1 },
        { ...lease, period_id: recent, units: 0 },
      ])
      .execute();
    await maintain();
    const left = await fresh.db.selectFrom('leases').select('period_id').execute();
    expect(left.map(({ period_id }) => period_id).sort()).toEqual([withUnits, recent].sort());
  });
});
