import { isWellFormedKey } from '@api-factory/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';

const later = (ms: number) => new Date(START + ms).toISOString();

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

const create = (body: object = {}) => control.call('POST', '/keys', { name: 'a key', plan: 'starter', ...body });
const issue = async (body: object = {}) => (await create(body)).body.data;
const names = async (query: string) =>
  (await control.call('GET', `/keys?${query}`)).body.data.map(({ name }: { name: string }) => name).sort();

describe('creating', () => {
  test('a new key is shown in plaintext once, and its plaintext is not in the database', async () => {
    const created = await control.call('POST', '/keys', { name: 'first', plan: 'starter' });
    expect(created.status).toBe(201);
    expect(created.headers['cache-control']).toBe('no-store');
    const { key, ...rest } = created.body.data;
    expect(isWellFormedKey(key)).toBe(true);
    expect(key).toMatch(/^af_live_/);
    expect(rest).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'first',
      prefix: key.slice(0, 12),
      last4: key.slice(-4),
      mode: 'live',
      status: 'enabled',
      suspendedBy: null,
      access: null,
      plan: 'starter',
      planVersion: 1,
      consumerId: null,
      entitlementId: expect.stringMatching(/^entitlement_/),
      subscriptionId: null,
      expiresAt: null,
      rotatedFrom: null,
      createdAt: later(0),
      lastUsedAt: null,
    });
    const read = await control.call('GET', `/keys/${rest.id}`);
    expect(read.body).toEqual({ success: true, data: rest, error: null, meta: { requestId: read.body.meta.requestId } });
    expect(await control.dump()).not.toContain(key);
  });

  test('keys created without an entitlement get one each; a given one is shared, with its plan and consumer', async () => {
    const consumer = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data;
    const [first, second] = [await issue({ consumerId: consumer.id, plan: 'pro' }), await issue({ plan: 'pro' })];
    expect(second.entitlementId).not.toBe(first.entitlementId);
    const third = await control.call('POST', '/keys', { name: 'third', entitlementId: first.entitlementId });
    expect(third.status).toBe(201);
    expect(third.body.data).toMatchObject({ entitlementId: first.entitlementId, plan: 'pro', consumerId: consumer.id });
    const matching = await create({ entitlementId: first.entitlementId, plan: 'pro', consumerId: consumer.id });
    expect(matching.status).toBe(201);
  });

  test.each([
    ['no plan and no entitlement', { plan: undefined }, '#/plan', 'is required'],
    ['an unknown plan', { plan: 'gold' }, '#/plan', 'does not exist'],
    ['an unknown consumer', { consumerId: 'consumer_0' }, '#/consumerId', 'does not exist'],
    ['an unknown entitlement', { entitlementId: 'entitlement_0' }, '#/entitlementId', 'does not exist'],
    ['an expiry at this very millisecond', { expiresAt: later(0) }, '#/expiresAt', 'in the future'],
    ['an expiry in the past', { expiresAt: later(-1) }, '#/expiresAt', 'in the future'],
    ['a day that does not exist', { expiresAt: '2027-02-30T00:00:00Z' }, '#/expiresAt', 'an RFC 3339 time'],
    ['a leap second', { expiresAt: '2027-06-30T23:59:60Z' }, '#/expiresAt', 'a valid time'],
    ['a time without an offset', { expiresAt: '2027-06-30T23:59:00' }, '#/expiresAt', 'an RFC 3339 time'],
    ['a time that is in the year 10000 in UTC', { expiresAt: '9999-12-31T23:59:59-01:00' }, '#/expiresAt', 'from 1970 to 9999'],
    ['a time before 1970', { expiresAt: '1969-12-31T23:59:59Z' }, '#/expiresAt', 'from 1970 to 9999'],
    ['no name', { name: undefined }, '#/name', 'is required'],
    ['an empty name', { name: '' }, '#/name', 'characters'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, '#/name', 'characters'],
    ['a name with a null character', { name: 'a\0b' }, '#/name', 'control characters'],
    ['a number as a name', { name: 7 }, '#/name', 'string'],
    ['an unknown field', { mode: 'test' }, '#/mode', 'not a known field'],
    ['an unknown field whose name must be escaped', { 'a/b c': 1 }, '#/a~1b%20c', 'not a known field'],
  ])('%s is refused with 400 and creates nothing', async (_, body, pointer, detail) => {
    const before = await control.dump();
    const refused = await create(body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ pointer }] } });
    expect(refused.body.errors[0].detail).toContain(detail);
    expect(await control.dump()).toBe(before);
  });

  test('a plan or consumer that contradicts the given entitlement is refused', async () => {
    const { entitlementId } = await issue();
    const ada = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data;
    expect((await create({ entitlementId, plan: 'pro' })).body.errors[0].pointer).toBe('#/plan');
    expect((await create({ entitlementId, consumerId: ada.id })).body.errors[0].pointer).toBe('#/consumerId');
  });

  test('an expiry one millisecond ahead and a name of 200 characters are accepted', async () => {
    expect((await create({ expiresAt: later(1), name: 'x'.repeat(200) })).status).toBe(201);
  });

  test('a missing body and one that is not an object get a 400 that names the error', async () => {
    expect((await control.call('POST', '/keys')).body.errors[0].pointer).toBe('#/name');
    expect((await control.call('POST', '/keys', [])).body).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    const malformed = await control.app.inject({
      method: 'POST',
      url: '/api/admin/keys',
      headers: { authorization: 'Bearer an-operator-key-of-more-than-32-characters', 'content-type': 'application/json' },
      payload: '{"name":',
    });
    expect(malformed.json()).toMatchObject({ status: 400, code: 'MALFORMED_JSON' });
  });
});

describe('reading', () => {
  test('an unknown id is 404 for every call on one key', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/limits', undefined],
      ['PATCH', '', { name: 'x' }],
      ['POST', '/suspend', undefined],
      ['POST', '/resume', undefined],
      ['POST', '/revoke', undefined],
      ['POST', '/rotate', {}],
    ] as const) {
      expect(await control.call(method, `/keys/key_none${path}`, body)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    }
  });

  test('a null character in an id is 400, not a database error', async () => {
    expect((await control.call('GET', '/keys/a%00b')).status).toBe(400);
    expect((await control.call('GET', '/keys/a%00b/limits')).status).toBe(400);
  });

  test('lastUsedAt is the latest use in any period', async () => {
    const { id } = await issue();
    await control.database.db
      .insertInto('ledger')
      .values([
        { period_id: 'p1', key_id: id, calls: 1, units: 1, last_used_at: new Date(START - 2_000) },
        { period_id: 'p2', key_id: id, calls: 1, units: 1, last_used_at: new Date(START - 1_000) },
      ])
      .execute();
    expect((await control.call('GET', `/keys/${id}`)).body.data.lastUsedAt).toBe(later(-1_000));
  });

  test('paging returns every key once, newest first, even those created by one statement', async () => {
    const { entitlementId } = await issue();
    // One statement: all rows have the same time, in microseconds that no JavaScript date can hold.
    const rows = Array.from({ length: 5 }, (_, index) => ({
      id: `key_same${index}`,
      entitlement_id: entitlementId,
      name: 'same',
      hash: `hash${index}`,
      prefix: 'af_live_same',
      last4: 'same',
      snapshot_version: 0,
    }));
    await control.database.db.insertInto('keys').values(rows).execute();
    const all = (await control.call('GET', '/keys?limit=1000')).body;
    expect(all.meta.pagination).toEqual({ cursor: null, hasMore: false });
    const walked = await control.walk('/keys', 2);
    expect(walked).toEqual(all.data);
    const times = all.data.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=WzEsMl0',
    'status=lost',
    'access=none',
    'access=',
    'nonsense=1',
  ])('the query %s is refused with 400', async (query) => {
    const refused = await control.call('GET', `/keys?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(refused.body.errors[0].pointer).toMatch(/^#\/query\//);
  });

  test('search matches literally: part of the name, the start of the key, or its last 4 characters', async () => {
    const { key } = await issue({ name: '50%_off\\now' });
    await issue({ name: '50 percent' });
    expect(await names(`search=${encodeURIComponent('50%')}`)).toEqual(['50%_off\\now']);
    expect(await names(`search=${encodeURIComponent('%_OFF\\')}`)).toEqual(['50%_off\\now']);
    expect(await names(`search=${key.slice(0, 12)}`)).toContain('50%_off\\now');
    expect(await names(`search=${key.slice(-4)}`)).toContain('50%_off\\now');
    expect(await names('search=af__live')).toEqual([]);
  });

  test('lists are filtered by status, plan and consumer', async () => {
    const { id: consumer } = (await control.call('POST', '/consumers', { name: 'Filter' })).body.data;
    const mine = { consumerId: consumer };
    await issue({ ...mine, name: 'on', plan: 'pro' });
    const off = await issue({ ...mine, name: 'off' });
    const gone = await issue({ ...mine, name: 'gone', expiresAt: later(50) });
    const ended = await issue({ ...mine, name: 'ended', expiresAt: later(50) });
    await control.call('POST', `/keys/${off.id}/suspend`);
    await control.call('POST', `/keys/${gone.id}/revoke`);
    control.advance(50);
    expect((await control.call('GET', `/keys/${ended.id}`)).body.data.status).toBe('expired');
    expect(await names(`consumer=${consumer}`)).toEqual(['ended', 'gone', 'off', 'on']);
    expect(await names(`consumer=${consumer}&status=enabled`)).toEqual(['on']);
    expect(await names(`consumer=${consumer}&status=suspended`)).toEqual(['off']);
    expect(await names(`consumer=${consumer}&status=revoked`)).toEqual(['gone']);
    expect(await names(`consumer=${consumer}&status=expired`)).toEqual(['ended']);
    expect(await names(`consumer=${consumer}&plan=pro`)).toEqual(['on']);
  });
});
