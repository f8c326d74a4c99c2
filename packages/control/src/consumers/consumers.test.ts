import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

const create = (body: object) => control.call('POST', '/consumers', body);
const now = () => new Date(control.context.clock.now()).toISOString();

test('a new consumer is returned as it will be read', async () => {
  const reply = await create({ name: 'Ada', email: 'ada@example.com' });
  expect(reply.status).toBe(201);
  const { id, ...rest } = reply.body.data;
  expect(id).toMatch(/^consumer_/);
  expect(rest).toEqual({
    name: 'Ada',
    email: 'ada@example.com',
    keys: 0,
    createdAt: new Date(START).toISOString(),
    updatedAt: new Date(START).toISOString(),
  });
  expect((await control.call('GET', `/consumers/${id}`)).body.data).toEqual(reply.body.data);
});

test('an email is optional, and null means none', async () => {
  expect((await create({ name: 'No mail' })).body.data.email).toBeNull();
  expect((await create({ name: 'No mail', email: null })).body.data.email).toBeNull();
});

test.each([
  [{}, '#/name'],
  [{ name: '' }, '#/name'],
  [{ name: ' ' }, '#/name'],
  [{ name: 'x'.repeat(201) }, '#/name'],
  [{ name: 'a', email: 'nobody' }, '#/email'],
  [{ name: 'a', email: '' }, '#/email'],
  [{ name: 'a', email: 'a@b.c\0' }, '#/email'],
  [{ name: 'a', email: 5 }, '#/email'],
  [{ name: 'a', phone: '1' }, '#/phone'],
])('%j is refused with 400, pointing at %s', async (body, pointer) => {
  expect(await create(body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
});

test('a patch changes the fields it contains and nothing else', async () => {
  const { id, createdAt } = (await create({ name: 'Old', email: 'old@example.com' })).body.data;
  control.advance(1_000);
  const renamed = (await control.call('PATCH', `/consumers/${id}`, { name: 'New' })).body.data;
  expect(renamed).toEqual({ id, name: 'New', email: 'old@example.com', keys: 0, createdAt, updatedAt: now() });
  const without = (await control.call('PATCH', `/consumers/${id}`, { email: null })).body.data;
  expect(without).toMatchObject({ name: 'New', email: null });
  control.advance(1_000);
  expect((await control.call('PATCH', `/consumers/${id}`, { name: 'New' })).body.data).toEqual(without);
  const { data } = (await control.call('GET', `/audit?objectType=consumer&objectId=${id}`)).body;
  expect(data.map(({ action }: { action: string }) => action)).toEqual(['consumer.update', 'consumer.update', 'consumer.create']);
});

test('an empty patch and a misspelt field are refused; an unknown id is 404', async () => {
  const { id } = (await create({ name: 'Ada' })).body.data;
  expect((await control.call('PATCH', `/consumers/${id}`, {})).status).toBe(400);
  expect((await control.call('PATCH', `/consumers/${id}`, { mail: null })).status).toBe(400);
  expect((await control.call('PATCH', '/consumers/consumer_0', { name: 'x' })).status).toBe(404);
  expect((await control.call('GET', '/consumers/consumer_0')).status).toBe(404);
});

test('paging returns every consumer once, newest first', async () => {
  const all = (await control.call('GET', '/consumers?limit=1000')).body.data;
  const walked = await control.walk('/consumers', 1);
  expect(walked).toEqual(all);
  expect(walked.length).toBeGreaterThan(3);
});

test('search matches part of the name or email literally, ignores case, and works across pages', async () => {
  await create({ name: '100%_Grace\\Co', email: 'g_h@navy.example' });
  await create({ name: '100 Grace', email: 'gxh@navy.example' });
  const found = async (search: string, more = '') =>
    (await control.call('GET', `/consumers?search=${encodeURIComponent(search)}${more}`)).body;
  const names = async (search: string) => (await found(search)).data.map(({ name }: { name: string }) => name);
  expect(await names('0%_gRACE\\')).toEqual(['100%_Grace\\Co']);
  expect(await names('%')).toEqual(['100%_Grace\\Co']);
  expect(await names('G_H@NAVY')).toEqual(['100%_Grace\\Co']);
  expect((await names('grace')).sort()).toEqual(['100 Grace', '100%_Grace\\Co']);
  expect(await names('nobody at all')).toEqual([]);
  const first = await found('navy', '&limit=1');
  const second = await found('navy', `&limit=1&cursor=${first.meta.pagination.cursor}`);
  expect(second.meta.pagination.hasMore).toBe(false);
  expect([...first.data, ...second.data]).toEqual((await found('navy')).data);
});

test.each(['search=', 'search=%20a', 'search=a%00', `search=${'x'.repeat(201)}`, 'name=Ada'])(
  'the query %s is refused with 400',
  async (query) => {
    expect(await control.call('GET', `/consumers?${query}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  },
);

test('a consumer shows how many keys of all its entitlements are revoked by neither operator nor subscription', async () => {
  const { id } = (await create({ name: 'Counted' })).body.data;
  const issue = async (body: object) =>
    (await control.call('POST', '/keys', { name: 'one', plan: 'pro', consumerId: id, ...body })).body.data;
  const [first, suspended, revoked] = [await issue({}), await issue({}), await issue({})];
  await issue({ entitlementId: first.entitlementId });
  await control.call('POST', `/keys/${suspended.id}/suspend`);
  await control.call('POST', `/keys/${revoked.id}/revoke`);
  const ended = await issue({});
  const subscription = { source: 'subscription', mode: 'sandbox', subscription_id: 'sub_1', access: 'revoked' } as const;
  await control.database.db.updateTable('entitlements').set(subscription).where('id', '=', ended.entitlementId).execute();
  const counted = (await control.call('GET', `/consumers/${id}`)).body.data;
  expect(counted.keys).toBe(3);
  expect((await control.call('GET', '/consumers?search=Counted')).body.data).toEqual([counted]);
  const renamed = (await control.call('PATCH', `/consumers/${id}`, { name: 'Counted again' })).body.data;
  expect(renamed.keys).toBe(3);
});

test('creating a consumer does not notify the gateway', async () => {
  const before = control.changes();
  await create({ name: 'Quiet' });
  expect(control.changes()).toBe(before);
});
