import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../../testing/app.ts';
import { createUsageSink } from '../ingest/sink.ts';
import { aBatch, anEvent } from '../testing/fixtures.ts';

const HOUR_MS = 3_600_000;
const at = (ms: number) => new Date(ms).toISOString();

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ withPlans: false });
  const sink = createUsageSink(control.database.db, { gatewayId: 'gw' });
  await sink.open({ gatewayId: 'gw', installationId: null, bootId: 'boot' });
  // Five calls a minute apart, the last at START, by two keys; two share their time.
  const events = [0, 1, 2, 3, 3].map((minute, i) =>
    anEvent({
      sequence: i,
      ts: START - (3 - minute) * 60_000,
      keyId: i % 2 ? 'key_b' : 'key_a',
      api: i === 4 ? 'hello' : 'actions',
      route: i === 4 ? '/api/v1/hello/ping' : '/api/v1/actions',
      status: i === 1 ? 404 : 200,
      cost: i,
      responseBytes: 100,
      durationMs: i,
    }),
  );
  const old = anEvent({ sequence: 9, ts: START - 25 * HOUR_MS, keyId: 'key_old' });
  const refusals = [
    { minute: START - 60_000, entitlementId: 'ent', keyId: 'key_a', code: 'RATE_LIMITED', count: 7 },
    { minute: START - 25 * HOUR_MS, entitlementId: 'ent', keyId: 'key_a', code: 'RATE_LIMITED', count: 1 },
  ];
  await sink.commit(aBatch({ events: [...events, old, anEvent({ sequence: 10, cost: -1, keyId: 'key_bad' })], refusals }));
});
afterAll(() => control.close());

const get = async (path: string) => (await control.call('GET', path)).body;
const ids = async (query: string) => (await get(`/usage/events?${query}`)).data.map((event: { id: string }) => event.id.slice(5));

describe('usage events', () => {
  test('are listed newest first, with all fields', async () => {
    expect(await ids('')).toEqual(['4', '3', '2', '1', '0', '9']);
    expect((await get('/usage/events?limit=1')).data).toEqual([
      {
        id: 'gw-1-4',
        ts: at(START),
        entitlementId: 'ent',
        periodId: 'per',
        keyId: 'key_a',
        consumerId: null,
        api: 'hello',
        method: 'POST',
        route: '/api/v1/hello/ping',
        status: 200,
        cost: 4,
        requestBytes: 10,
        responseBytes: 100,
        durationMs: 4,
        requestId: expect.stringMatching(/^req_/),
        outcome: 'complete',
      },
    ]);
  });

  test.each([1, 2, 5, 6, 7])('are returned once each in pages of %i, including events with the same time', async (size) => {
    const all = (await control.walk('/usage/events', size)) as { id: string }[];
    expect(all.map(({ id }) => id)).toEqual(['gw-1-4', 'gw-1-3', 'gw-1-2', 'gw-1-1', 'gw-1-0', 'gw-1-9']);
  });

  test('are filtered by each field and by several', async () => {
    expect(await ids('keyId=key_b')).toEqual(['3', '1']);
    expect(await ids('keyId=key_b&status=200')).toEqual(['3']);
    expect(await ids('api=hello')).toEqual(['4']);
    expect(await ids('status=404')).toEqual(['1']);
    expect(await ids('status=4xx')).toEqual(['1']);
    expect(await ids('status=2xx&keyId=key_b')).toEqual(['3']);
    expect(await ids('status=5xx')).toEqual([]);
    expect(await ids('keyId=key_none')).toEqual([]);
  });

  test('from is inclusive, to is exclusive', async () => {
    const [first, last] = [at(START - 120_000), at(START)];
    expect(await ids(`from=${first}&to=${last}`)).toEqual(['2', '1']);
    expect(await ids(`from=${last}`)).toEqual(['4', '3']);
    expect(await ids(`to=${at(START - 25 * HOUR_MS)}`)).toEqual([]);
    expect(await ids(`from=${first}&to=${first}`)).toEqual([]);
    expect(await ids(`from=${encodeURIComponent('2026-01-15T13:00:00+01:00')}`)).toEqual(['4', '3']);
  });

  test('a filter applies to every page', async () => {
    const { meta } = await get('/usage/events?keyId=key_b&limit=1');
    expect(meta.pagination.hasMore).toBe(true);
    expect(await ids(`keyId=key_b&limit=1&cursor=${meta.pagination.cursor}`)).toEqual(['1']);
  });
});

describe('query validation', () => {
  const far = Buffer.from('[9007199254740991,"x"]').toString('base64url');
  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=x', 'limit'],
    ['cursor=!!', 'cursor'],
    [`cursor=${Buffer.from('[1]').toString('base64url')}`, 'cursor'],
    ['from=yesterday', 'from'],
    ['to=2026-02-30T00:00:00Z', 'to'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['status=99', 'status'],
    ['status=600', 'status'],
    ['status=6xx', 'status'],
    ['status=4XX', 'status'],
    ['status=40x', 'status'],
    ['status=4xx0', 'status'],
    ['status=', 'status'],
    ['api=Not a slug', 'api'],
    ['keyID=key_a', 'keyID'],
  ])('%s is rejected with its field', async (query, field) => {
    const reply = await control.call('GET', `/usage/events?${query}`);
    expect(reply).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer: `#/query/${field}` }] } });
  });

  test('limits 1 and 1000, and a cursor in the far future, are valid', async () => {
    expect((await control.call('GET', '/usage/events?limit=1000')).status).toBe(200);
    expect((await control.call('GET', `/usage/events?limit=1&cursor=${far}`)).status).toBe(200);
  });

  test.each([
    ['groupBy=consumer', 'groupBy'],
    ['bucket=week', 'bucket'],
    ['from=2027-01-01T00:00:00Z', 'from'],
    ['from=x', 'from'],
    ['keyId=', 'keyId'],
    ['api=Not a slug', 'api'],
    ['keyIds=', 'keyIds'],
    ['keyIds=a,', 'keyIds'],
    ['keyIds=a,,b', 'keyIds'],
    ['keyIds=a%20b', 'keyIds'],
    [`keyIds=${'x'.repeat(101)}`, 'keyIds'],
    [`keyIds=${Array(101).fill('x').join(',')}`, 'keyIds'],
  ])('a summary rejects %s', async (query, field) => {
    const reply = await control.call('GET', `/usage/summary?${query}`);
    expect(reply).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer: `#/query/${field}` }] } });
  });
});

describe('usage summary', () => {
  test('covers the last 24 hours by hour by default', async () => {
    const { data } = await get('/usage/summary');
    expect(data).toEqual({
      from: at(START - 24 * HOUR_MS),
      to: at(START),
      bucket: 'hour',
      groupBy: null,
      rows: [{ bucket: at(START - HOUR_MS), calls: 3, units: 3, requestBytes: 30, responseBytes: 300, avgDurationMs: 1 }],
      refusals: [{ code: 'RATE_LIMITED', count: 7 }],
      refusalRows: [{ bucket: at(START - HOUR_MS), code: 'RATE_LIMITED', count: 7 }],
    });
  });

  const range = `from=${at(START - HOUR_MS)}&to=${at(START + HOUR_MS)}`;
  const rowsOf = async (query: string) => (await get(`/usage/summary?${range}&${query}`)).data.rows;

  test('groups by key', async () => {
    expect(await rowsOf('groupBy=key&bucket=day')).toMatchObject([
      { bucket: at(START - 12 * HOUR_MS), keyId: 'key_a', calls: 3, units: 6, avgDurationMs: 2 },
      { bucket: at(START - 12 * HOUR_MS), keyId: 'key_b', calls: 2, units: 4, avgDurationMs: 2 },
    ]);
  });

  test('groups by route and by status', async () => {
    expect(await rowsOf('groupBy=route')).toMatchObject([
      { bucket: at(START - HOUR_MS), api: 'actions', route: '/api/v1/actions', calls: 3 },
      { bucket: at(START), api: 'actions', route: '/api/v1/actions', calls: 1 },
      { bucket: at(START), api: 'hello', route: '/api/v1/hello/ping', calls: 1 },
    ]);
    expect(await rowsOf('groupBy=status')).toMatchObject([
      { status: 200, calls: 2 },
      { status: 404, calls: 1 },
      { status: 200, calls: 2 },
    ]);
  });

  test('starts with the bucket that contains from', async () => {
    const { data } = await get(`/usage/summary?from=${at(START - 60_001)}&to=${at(START)}&bucket=minute`);
    expect(data.from).toBe(at(START - 120_000));
    expect(data.rows).toMatchObject([
      { bucket: at(START - 120_000), calls: 1, units: 1 },
      { bucket: at(START - 60_000), calls: 1, units: 2 },
    ]);
  });
});

describe('a summary of selected keys', () => {
  const range = `from=${at(START - HOUR_MS)}&to=${at(START + HOUR_MS)}`;
  const summary = async (query: string) => (await get(`/usage/summary?${range}&${query}`)).data;
  const callsOf = async (query: string) => {
    const { rows, refusals } = await summary(query);
    return [rows.map(({ keyId, calls }: { keyId: string; calls: number }) => [keyId, calls]), refusals];
  };
  const none: unknown[] = [];
  const refused = [{ code: 'RATE_LIMITED', count: 7 }];

  test('counts only the calls and refusals of those keys', async () => {
    expect(await callsOf('bucket=day&groupBy=key&keyId=key_a')).toEqual([[['key_a', 3]], refused]);
    expect(await callsOf('bucket=day&groupBy=key&keyId=key_b')).toEqual([[['key_b', 2]], none]);
    expect(await callsOf('bucket=day&groupBy=key&keyIds=key_b,key_none,key_a')).toEqual([
      [
        ['key_a', 3],
        ['key_b', 2],
      ],
      refused,
    ]);
    expect(await callsOf('bucket=day&groupBy=key&keyIds=key_b')).toEqual([[['key_b', 2]], none]);
    expect(await callsOf('bucket=day&groupBy=key&keyIds=key_b,key_a&keyId=key_b')).toEqual([[['key_b', 2]], none]);
    expect(await callsOf('keyId=key_none')).toEqual([none, none]);
  });

  test('accepts 100 keys', async () => {
    const keyIds = [...Array(99).fill('x'.repeat(100)), 'key_a'].join(',');
    expect(await callsOf(`bucket=day&groupBy=key&keyIds=${keyIds}`)).toEqual([[['key_a', 3]], refused]);
  });

  test('counts the calls of one API; refused calls are not separated by API', async () => {
    const { rows, refusals } = await summary('bucket=day&api=hello&keyId=key_a');
    expect(rows).toMatchObject([{ calls: 1, units: 4 }]);
    expect(refusals).toEqual(refused);
    expect((await summary('api=none')).rows).toEqual([]);
  });
});

describe('refused calls', () => {
  const MINUTE_MS = 60_000;
  const start = Date.UTC(2020, 0, 1, 22);
  beforeAll(async () => {
    // 10,001 consecutive minutes, alternating between two keys; the last one has a second code.
    const rows = sql`select timestamptz '2020-01-01 22:00Z' + i * interval '1 minute', 'ent', 'key_' || i % 2, 'RATE_LIMITED', 2 from generate_series(0, 10000) i`;
    await sql`insert into usage_refusals (minute, entitlement_id, key_id, code, count) ${rows}`.execute(control.database.db);
    const last = sql`timestamptz '2020-01-01 22:00Z' + 10000 * interval '1 minute'`;
    await sql`insert into usage_refusals values (${last}, 'ent', 'key_0', 'QUOTA_EXCEEDED', 5)`.execute(control.database.db);
  });
  const summary = (query: string, toMs: number) => control.call('GET', `/usage/summary?from=${at(start)}&to=${at(toMs)}&${query}`);

  test('are counted in the same buckets as calls, and add up to the totals', async () => {
    const end = start + 10_001 * MINUTE_MS;
    const { data } = (await summary('bucket=day', end)).body;
    expect(data.refusalRows.slice(0, 2)).toEqual([
      { bucket: '2020-01-01T00:00:00.000Z', code: 'RATE_LIMITED', count: 2 * 120 },
      { bucket: '2020-01-02T00:00:00.000Z', code: 'RATE_LIMITED', count: 2 * 1_440 },
    ]);
    expect(data.refusals).toEqual([
      { code: 'QUOTA_EXCEEDED', count: 5 },
      { code: 'RATE_LIMITED', count: 20_002 },
    ]);
    const hours = (await summary('bucket=hour&keyId=key_1', end)).body.data;
    expect(hours.refusalRows[0]).toEqual({ bucket: at(start), code: 'RATE_LIMITED', count: 60 });
    expect(hours.refusals).toEqual([{ code: 'RATE_LIMITED', count: 10_000 }]);
    const minutes = (await summary('bucket=minute', start + 2 * MINUTE_MS)).body.data;
    expect(minutes.refusalRows.map(({ bucket }: { bucket: string }) => bucket)).toEqual([at(start), at(start + MINUTE_MS)]);
  });

  test('return up to 10,000 rows; a query that needs more is rejected', async () => {
    const { body } = await summary('bucket=minute', start + 10_000 * MINUTE_MS);
    expect(body.data.refusalRows).toHaveLength(10_000);
    expect(await summary('bucket=minute', start + 10_001 * MINUTE_MS)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '#/query/bucket', detail: expect.stringContaining('10000 rows') }] },
    });
  });
});

describe('quarantine', () => {
  test('lists records with the reason', async () => {
    const { data } = await get('/usage/quarantine');
    expect(data).toEqual([
      {
        id: '1',
        at: expect.any(String),
        gatewayId: 'gw',
        reason: expect.any(String),
        record: expect.objectContaining({ keyId: 'key_bad', cost: -1 }),
      },
    ]);
  });
});

test('usage requires the operator key', async () => {
  for (const path of ['/usage/events', '/usage/summary', '/usage/quarantine']) {
    expect(await control.callAs({}, 'GET', path)).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
  }
});
