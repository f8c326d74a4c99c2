import type { LeaseRequest } from '@api-factory/core';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { aGateway, anEntitlement, aRequest, newId } from '../usage/testing/fixtures.ts';
import { LARGEST_BATCH } from './grant-batches.ts';
import { grantMany } from './grant-store.ts';
import { createLeaseSource } from './leases.ts';

const OTHERS = 10_000;
/**
 * Rows that one look-up may read: a period and those merged into it. Three times as many pages,
 * because of the index.
 */
const MOST = 20;

/** When a connection prepared the statements; its generic plan stays as it was then. */
const MOMENTS = ['before the first key', 'before the first call', 'among many calls', 'with statistics'] as const;
type Moment = (typeof MOMENTS)[number];

let fresh: FreshDatabase;
/** Configured like the connections that the product uses for leases. */
const connections = new Map<Moment, Database>();
let connection: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  await aGateway(fresh.db, 'gw_a');
  await prepareAt('before the first key');
  await addEntitlements();
  await prepareAt('before the first call');
  await addLeases();
  await prepareAt('among many calls');
  await sql`analyze`.execute(fresh.db);
  await prepareAt('with statistics');
});
afterAll(async () => {
  for (const one of connections.values()) await one.destroy();
  await fresh.drop();
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

type Statement = 'grant_units_wait' | 'grant_units_skip';

/** The parameters of the grant statement for these requests. */
async function parametersOf(requests: LeaseRequest[]): Promise<string> {
  let parameters: readonly unknown[] = [];
  const compiling = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: ({ query }) => {
      parameters = query.parameters;
    },
  });
  await grantMany(compiling, { gatewayId: 'gw_a', requests, newPeriodId: () => newId('per') });
  return parameters
    .map((value) => `'${Array.isArray(value) ? `{${value.map((one) => JSON.stringify(String(one))).join()}}` : value}'`)
    .join(', ');
}

/**
 * Runs the statement that the connection has prepared. @returns every step of its plan that reads a
 * table
 */
async function scansOf(statement: Statement, requests: LeaseRequest[]): Promise<PlanNode[]> {
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`${sql.raw(
    `explain (analyze, buffers, format json) execute ${statement} (${await parametersOf(requests)})`,
  )}`.execute(connection);
  const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
  return nodesOf(rows[0]?.['QUERY PLAN'][0].Plan as PlanNode).filter((node) => /Scan/.test(node['Node Type']) && 'Relation Name' in node);
}

async function expectFewRows(statement: Statement, requests: LeaseRequest[]): Promise<void> {
  const scans = await scansOf(statement, requests);
  const most = MOST * requests.length;
  expect(new Set(scans.map((scan) => scan['Relation Name']))).toEqual(new Set(['entitlements', 'leases', 'plan_versions', 'quotas']));
  for (const scan of scans) {
    const removed = (scan['Rows Removed by Filter'] ?? 0) + (scan['Rows Removed by Index Recheck'] ?? 0);
    expect(scan['Node Type'], scan['Relation Name']).not.toBe('Seq Scan');
    expect((scan['Actual Rows'] + removed) * scan['Actual Loops'], JSON.stringify(scan)).toBeLessThanOrEqual(most);
    expect(scan['Shared Hit Blocks'] + scan['Shared Read Blocks'], JSON.stringify(scan)).toBeLessThanOrEqual(most * 3);
  }
}

async function prepareAt(moment: Moment): Promise<void> {
  const one = openDatabase(fresh.url, { max: 1, byKeyOnly: true });
  connections.set(moment, one);
  const { acquire } = createLeaseSource(one, { gatewayId: 'gw_a', bootId: 'boot', newId });
  const id = await anEntitlement(fresh.db);
  await acquire(aRequest(id));
  await Promise.allSettled([acquire(aRequest(id)), acquire(aRequest('ent_none'))]);
  const { rows } = await sql`
select name, custom_plans::int as custom from pg_prepared_statements where name like 'grant_units%' order by name`.execute(one);
  expect(rows).toEqual([
    { name: 'grant_units_skip', custom: 0 },
    { name: 'grant_units_wait', custom: 0 },
  ]);
}

/** On one plan: half of them will have a lease. */
async function addEntitlements(): Promise<void> {
  await sql`
insert into entitlements (id, plan_id, plan_version, anchor, snapshot_version)
select kind || n, plan_id, plan_version, anchor, 1
from entitlements, generate_series(1, ${OTHERS}::int) n, unnest(array['ent_other_', 'ent_new_']) kind`.execute(fresh.db);
}

/** For half of them a period, a lease and a merged period. */
async function addLeases(): Promise<void> {
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at, leased)
select 'per_' || e.id, e.id, q.starts_at, q.ends_at, 5
from entitlements e, (select starts_at, ends_at from quotas limit 1) q where e.id like 'ent_other_%'`.execute(fresh.db);
  await sql`insert into leases (gateway_id, period_id, units) select 'gw_a', period_id, leased from quotas where leased = 5`.execute(
    fresh.db,
  );
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at, merged_into)
select 'past_' || q.period_id, entitlement_id, starts_at - interval '1 day', starts_at, period_id from quotas q where leased = 5`.execute(
    fresh.db,
  );
}

const surrendering = (n: number) => aRequest(`ent_other_${n}`, { periodId: `per_ent_other_${n}`, surrender: 3, need: 1, want: 9 });
const range = (count: number, from: number) => Array.from({ length: count }, (_, n) => from + n);

test.each(MOMENTS)('statements that were prepared %s read only a few rows by key among 10,000 leases', async (moment) => {
  connection = connections.get(moment) as Database;
  const from = MOMENTS.indexOf(moment) * 1_000;
  // A new entitlement, a request that surrenders units, the same request again, and one that only
  // wants more.
  await expectFewRows('grant_units_wait', [aRequest(`ent_new_${from + 1}`)]);
  const one = surrendering(from + 1);
  await expectFewRows('grant_units_wait', [one]);
  await expectFewRows('grant_units_wait', [one]);
  await expectFewRows('grant_units_wait', [aRequest(`ent_other_${from + 2}`, { want: 9 })]);

  const first = range(LARGEST_BATCH, from + 100).map((n) => aRequest(`ent_new_${n}`));
  await expectFewRows('grant_units_skip', first);
  const many = range(LARGEST_BATCH, from + 100).map(surrendering);
  await expectFewRows('grant_units_skip', many);
  await expectFewRows('grant_units_skip', many);
  await expectFewRows('grant_units_skip', [
    ...range(32, from + 200).map((n) => aRequest(`ent_new_${n}`)),
    ...range(32, from + 300).map(surrendering),
  ]);

  const touched = range(1_000, from).map((n) => `per_ent_other_${n}`);
  const { rows } = await sql<{ leased: number; units: number; count: number }>`
select leased::int, units::int, count(*)::int as count from quotas join leases using (period_id)
where period_id = any(${touched}) and leased > 5 group by leased, units order by count`.execute(fresh.db);
  // 9 more where nothing was surrendered, 6 more elsewhere, also when it was sent twice.
  expect(rows).toEqual([
    { leased: 14, units: 14, count: 1 },
    { leased: 11, units: 11, count: 1 + LARGEST_BATCH + 32 },
  ]);
});
