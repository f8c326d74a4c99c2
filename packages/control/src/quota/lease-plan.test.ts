import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { aGateway, anEntitlement, aRequest, newId } from '../usage/testing/fixtures.ts';
import { grantUnits } from './grant-store.ts';
import { createLeaseSource } from './leases.ts';

const OTHERS = 10_000;
/**
 * Rows that one look-up may read: a period and those merged into it. Three times as many pages,
 * because of the index.
 */
const MOST = 20;

let fresh: FreshDatabase;
/** One connection, configured like those that the product uses for leases. */
let connection: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  connection = openDatabase(fresh.url, { max: 1, byKeyOnly: true });
  await aGateway(fresh.db, 'gw_a');
});
afterAll(async () => {
  await connection.destroy();
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

/** The parameters of the grant statement for a request. */
async function parametersOf(request: ReturnType<typeof aRequest>): Promise<string> {
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
  await grantUnits(compiling, { gatewayId: 'gw_a', request, newPeriodId: newId('per') });
  return parameters.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join(', ');
}

/**
 * Runs the statement that the connection has prepared. @returns every step of its plan that reads a
 * table
 */
async function scansOf(request: ReturnType<typeof aRequest>): Promise<PlanNode[]> {
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`${sql.raw(
    `explain (analyze, buffers, format json) execute grant_units (${await parametersOf(request)})`,
  )}`.execute(connection);
  const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
  return nodesOf(rows[0]?.['QUERY PLAN'][0].Plan as PlanNode).filter((node) => /Scan/.test(node['Node Type']) && 'Relation Name' in node);
}

function expectFewRows(scans: PlanNode[]): void {
  expect(new Set(scans.map((scan) => scan['Relation Name']))).toEqual(new Set(['entitlements', 'leases', 'plan_versions', 'quotas']));
  for (const scan of scans) {
    const removed = (scan['Rows Removed by Filter'] ?? 0) + (scan['Rows Removed by Index Recheck'] ?? 0);
    expect(scan['Node Type'], scan['Relation Name']).not.toBe('Seq Scan');
    expect((scan['Actual Rows'] + removed) * scan['Actual Loops'], JSON.stringify(scan)).toBeLessThanOrEqual(MOST);
    expect(scan['Shared Hit Blocks'] + scan['Shared Read Blocks'], JSON.stringify(scan)).toBeLessThanOrEqual(MOST * 3);
  }
}

test('a statement prepared on empty tables reads only a few rows by key among 10,000 leases', async () => {
  const first = await anEntitlement(fresh.db);
  await createLeaseSource(connection, { gatewayId: 'gw_a', bootId: 'boot', newId }).acquire(aRequest(first));
  await sql`
insert into entitlements (id, plan_id, plan_version, anchor, snapshot_version)
select 'ent_other_' || n, plan_id, plan_version, anchor, 1 from entitlements, generate_series(1, ${OTHERS}::int) n`.execute(fresh.db);
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at, leased)
select 'per_' || e.id, e.id, q.starts_at, q.ends_at, 5 from entitlements e, quotas q where e.id like 'ent_other_%'`.execute(fresh.db);
  await sql`insert into leases (gateway_id, period_id, units) select 'gw_a', period_id, leased from quotas where leased = 5`.execute(
    fresh.db,
  );
  await sql`
insert into quotas (period_id, entitlement_id, starts_at, ends_at, merged_into)
select 'past_' || q.period_id, entitlement_id, starts_at - interval '1 day', starts_at, period_id from quotas q where leased = 5`.execute(
    fresh.db,
  );

  // A new entitlement, a request that surrenders units, the same request again, and one that only
  // wants more.
  expectFewRows(await scansOf(aRequest(await anEntitlement(fresh.db))));
  const surrendering = aRequest('ent_other_77', { periodId: 'per_ent_other_77', surrender: 3, need: 1, want: 9 });
  expectFewRows(await scansOf(surrendering));
  expectFewRows(await scansOf(surrendering));
  expectFewRows(await scansOf(aRequest('ent_other_78', { want: 9 })));
  const { rows } =
    await sql`select leased::int, units::int from quotas join leases using (period_id) where period_id = 'per_ent_other_77'`.execute(
      fresh.db,
    );
  expect(rows).toEqual([{ leased: 11, units: 11 }]);
  const prepared = await sql`select custom_plans::int as custom from pg_prepared_statements where name = 'grant_units'`.execute(connection);
  expect(prepared.rows).toEqual([{ custom: 0 }]);
});
