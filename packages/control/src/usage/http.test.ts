import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';
import { createUsageSink } from './sink.ts';
import { aBatch, anEvent } from './testing/fixtures.ts';

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
  test('come newest first, with all that is known of them', async () => {
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

  test.each([1, 2, 5, 6, 7])('pages of %i give every event once, events of one time included', async (size) => {
    const all = (await control.walk('/usage/events', size)) as { id: string }[];
    expect(all.map(({ id }) => id)).toEqual(['gw-1-4', 'gw-1-3', 'gw-1-2', 'gw-1-1', 'gw-1-0', 'gw-1-9']);
  });

  test('filters hold alone and together', async () => {
    expect(await ids('keyId=key_b')).toEqual(['3', '1']);
    expect(await ids('keyId=key_b&status=200')).toEqual(['3']);
    expect(await ids('api=hello')).toEqual(['4']);
    expect(await ids('status=404')).toEqual(['1']);
    expect(await ids('keyId=key_none')).toEqual([]);
  });

  test('from belongs to the range, to does not', async () => {
    const [first, last] = [at(START - 120_000), at(START)];
    expect(await ids(`from=${first}&to=${last}`)).toEqual(['2', '1']);
    expect(await ids(`from=${last}`)).toEqual(['4', '3']);
    expect(await ids(`to=${at(START - 25 * HOUR_MS)}`)).toEqual([]);
    expect(await ids(`from=${first}&to=${first}`)).toEqual([]);
    expect(await ids(`from=${encodeURIComponent('2026-01-15T13:00:00+01:00')}`)).toEqual(['4', '3']);
  });

  test('a filter holds across pages', async () => {
    const { meta } = await get('/usage/events?keyId=key_b&limit=1');
    expect(meta.pagination.hasMore).toBe(true);
    expect(await ids(`keyId=key_b&limit=1&cursor=${meta.pagination.cursor}`)).toEqual(['1']);
  });
});

describe('a wrong query', () => {
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
    ['api=Not a slug', 'api'],
    ['keyID=key_a', 'keyID'],
  ])('%s is refused with its place', async (query, field) => {
    const reply = await control.call('GET', `/usage/events?${query}`);
    expect(reply).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer: `#/query/${field}` }] } });
  });

  test('limits 1 and 1000, and a cursor beyond all time, are not wrong', async () => {
    expect((await control.call('GET', '/usage/events?limit=1000')).status).toBe(200);
    expect((await control.call('GET', `/usage/events?limit=1&cursor=${far}`)).status).toBe(200);
  });

  test.each([
    ['groupBy=consumer', 'groupBy'],
    ['bucket=week', 'bucket'],
    ['from=2027-01-01T00:00:00Z', 'from'],
    ['from=x', 'from'],
  ])('a summary refuses %s', async (query, field) => {
    const reply = await control.call('GET', `/usage/summary?${query}`);
    expect(reply).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer: `#/query/${field}` }] } });
  });
});

describe('usage summary', () => {
  test('is of the last 24 hours by hour unless asked otherwise', async () => {
    const { data } = await get('/usage/summary');
    expect(data).toEqual({
      from: at(START - 24 * HOUR_MS),
      to: at(START),
      bucket: 'hour',
      groupBy: null,
      rows: [{ bucket: at(START - HOUR_MS), calls: 3, units: 3, requestBytes: 30, responseBytes: 300, avgDurationMs: 1 }],
      refusals: [{ code: 'RATE_LIMITED', count: 7 }],
    });
  });

  const range = `from=${at(START - HOUR_MS)}&to=${at(START + HOUR_MS)}`;
  const rowsOf = async (query: string) => (await get(`/usage/summary?${range}&${query}`)).data.rows;

  test('adds up by key', async () => {
    expect(await rowsOf('groupBy=key&bucket=day')).toMatchObject([
      { bucket: at(START - 12 * HOUR_MS), keyId: 'key_a', calls: 3, units: 6, avgDurationMs: 2 },
      { bucket: at(START - 12 * HOUR_MS), keyId: 'key_b', calls: 2, units: 4, avgDurationMs: 2 },
    ]);
  });

  test('adds up by route and by status', async () => {
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

  test('begins with the whole bucket that from lies in', async () => {
    const { data } = await get(`/usage/summary?from=${at(START - 60_001)}&to=${at(START)}&bucket=minute`);
    expect(data.from).toBe(at(START - 120_000));
    expect(data.rows).toMatchObject([
      { bucket: at(START - 120_000), calls: 1, units: 1 },
      { bucket: at(START - 60_000), calls: 1, units: 2 },
    ]);
  });
});

describe('quarantine', () => {
  test('shows what was put aside and why', async () => {
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

test('usage needs the operator key', async () => {
  for (const path of ['/usage/events', '/usage/summary', '/usage/quarantine']) {
    expect(await control.callAs({}, 'GET', path)).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
  }
});
