import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listEntries } from '../../audit/store.ts';
import { type Page, pageRequest } from '../../http/page.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { type ControlApp, controlApp, START } from '../../testing/app.ts';
import { addPartition } from '../retention/retention-store.ts';
import { type EventFilter, listEvents } from './store.ts';

const DAYS = 40;
const EVENTS = 120_000;
/** Events with a status that no other event has, all on the oldest day. */
const RARE = 7;
const DAY_MS = 86_400_000;
const BOUND = 5_000;
/**
 * A page is read once, and once more to find its end. For its last day, the planner may prefer a
 * full scan to the index.
 */
const MOST_READ = 2 * BOUND + EVENTS / DAYS;
const ANY_TIME = { from: null, to: null };

let control: ControlApp;
/** One connection, so that it can report what it has read. */
let db: Database;
beforeAll(async () => {
  control = await controlApp();
  db = openDatabase(control.database.url, { max: 1 });
  for (let day = 0; day < DAYS; day++) await addPartition(db, new Date(START - day * DAY_MS).toISOString().slice(0, 10));
  // Ten keys in turn, spread evenly over the days.
  await sql`
    insert into usage_events (day, id, ts, entitlement_id, period_id, key_id, consumer_id, api, method, route, status, cost,
      request_bytes, response_bytes, duration_ms, request_id)
    select (ts at time zone 'UTC')::date, 'gw-1-' || i, ts, 'ent', 'per', 'key_' || i % 10, null, case when i % 20000 = 3 then 'hello' else 'actions' end,
      'POST', '/api/v1/actions', case when i < ${RARE} then 418 else 200 end, 1, 1, 1, 1, 'req_' || i
    from (select i, date_trunc('milliseconds', ${new Date(START - DAYS * DAY_MS + DAY_MS)}::timestamptz
      + i * ${(DAYS - 1) / EVENTS}::float8 * interval '1 day') as ts from generate_series(0, ${EVENTS - 1}::int) i) e`.execute(db);
  await sql`insert into audit (actor, action, object_type, object_id)
    select case when i < 3 then 'operator_rare' else 'env' end, 'key.update', 'key', 'key_' || i % 50 from generate_series(0, 29999) i`.execute(
    db,
  );
  // Statistics collected during a walk would change its plan.
  await sql`analyze usage_events, audit`.execute(db);
}, 120_000);
afterAll(async () => {
  await db.destroy();
  await control.close();
});

/** Rows of these tables that the connection has read so far, by any kind of scan. */
async function rowsRead(tables: string): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ read: number }>`
    select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint as read from pg_stat_user_tables where relname like ${tables}`.execute(
    db,
  );
  return rows[0]?.read as number;
}

/** All pages of a list, and the most rows read for one of them. */
async function walk<Row>(tables: string, read: (cursor: string | undefined) => Promise<Page<Row>>) {
  const pages: Page<Row>[] = [];
  let most = 0;
  let cursor: string | undefined;
  do {
    const before = await rowsRead(tables);
    const page = await read(cursor);
    most = Math.max(most, (await rowsRead(tables)) - before);
    pages.push(page);
    cursor = page.cursor ?? undefined;
    expect(page.hasMore).toBe(page.cursor !== null);
  } while (cursor !== undefined);
  return { pages, rows: pages.flatMap((page) => page.rows), most };
}

const events = (filter: Partial<EventFilter>, limit = 50) =>
  walk('usage\\_events%', (cursor) =>
    listEvents(db, { ...ANY_TIME, ...filter }, { ...pageRequest({ limit, ...(cursor ? { cursor } : {}) }), mostScanned: BOUND }),
  );
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
const rare = { lowest: 418, highest: 418 };
const RARE_IDS = Array.from({ length: RARE }, (_, i) => `gw-1-${RARE - 1 - i}`);

describe('a filter without an index', () => {
  test('reads a bounded number of rows per page, and the pages contain every match once and in order', async () => {
    const { pages, rows, most } = await events({ status: rare });
    expect(ids(rows)).toEqual(RARE_IDS);
    expect(pages).toHaveLength(EVENTS / BOUND + 1);
    expect(pages.slice(0, -2).every((page) => page.rows.length === 0)).toBe(true);
    expect(most).toBeLessThanOrEqual(MOST_READ);
  });

  test('ends a page at its limit before the bound, and continues after its last row', async () => {
    const { pages, rows } = await events({ status: rare }, 2);
    expect(ids(rows)).toEqual(RARE_IDS);
    expect(pages.map((page) => page.rows.length).filter((count) => count > 0)).toEqual([2, 2, 2, 1]);
    const half = await events({ status: { lowest: 200, highest: 299 } }, 1_000);
    expect(new Set(ids(half.rows)).size).toBe(EVENTS - RARE);
    expect(half.most).toBeLessThanOrEqual(MOST_READ);
  });

  test('is also bounded within a key and within a range', async () => {
    const ofKey = await events({ status: rare, keyId: 'key_3' });
    expect([ids(ofKey.rows), ofKey.pages.length]).toEqual([['gw-1-3'], Math.ceil(EVENTS / 10 / BOUND)]);
    const to = new Date(START - (DAYS - 3) * DAY_MS);
    const ofRange = await events({ status: rare, to });
    expect(ids(ofRange.rows)).toEqual(RARE_IDS);
    expect(Math.max(ofKey.most, ofRange.most)).toBeLessThanOrEqual(MOST_READ);
    expect(ids((await events({ api: 'hello' })).rows)).toEqual([100_003, 80_003, 60_003, 40_003, 20_003, 3].map((i) => `gw-1-${i}`));
  });

  test('that matches nothing ends with an empty page', async () => {
    const { rows, pages } = await events({ status: { lowest: 599, highest: 599 } });
    expect([rows, pages.at(-1)]).toEqual([[], { rows: [], cursor: null, hasMore: false }]);
  });

  test('on the audit log is bounded too', async () => {
    const found = await walk('audit', (cursor) =>
      listEntries(db, { ...ANY_TIME, actor: 'operator_rare' }, { ...pageRequest(cursor ? { cursor } : {}), mostScanned: BOUND }),
    );
    expect(found.rows).toHaveLength(3);
    expect(found.pages).toHaveLength(30_000 / BOUND + 1);
    expect(found.most).toBeLessThanOrEqual(2 * BOUND);
    const ofObject = await walk('audit', (cursor) =>
      listEntries(
        db,
        { ...ANY_TIME, objectType: 'key', objectId: 'key_1' },
        { ...pageRequest({ limit: 1_000, ...(cursor ? { cursor } : {}) }), mostScanned: BOUND },
      ),
    );
    expect([ofObject.rows.length, ofObject.pages.length]).toEqual([600, 1]);
  });
});

test('a list of the API may return an empty page with a cursor, and following the cursors finds every match', async () => {
  const first = (await control.call('GET', '/usage/events?status=418')).body;
  expect([first.data, first.meta.pagination]).toEqual([[], { cursor: expect.any(String), hasMore: true }]);
  const found = [];
  let pages = 0;
  for (let cursor = ''; ; pages++) {
    const { data, meta } = (await control.call('GET', `/usage/events?status=418${cursor}`)).body;
    found.push(...data);
    if (!meta.pagination.hasMore) break;
    cursor = `&cursor=${meta.pagination.cursor}`;
  }
  expect(ids(found)).toEqual(RARE_IDS);
  expect(pages).toBeLessThanOrEqual(3);
});
