import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

const create = (body: object) => control.call('POST', '/consumers', body);
const now = () => new Date(control.context.clock.now()).toISOString();

test('a consumer is answered as it will be read', async () => {
  const reply = await create({ name: 'Ada', email: 'ada@example.com' });
  expect(reply.status).toBe(201);
  const { id, ...rest } = reply.body.data;
  expect(id).toMatch(/^consumer_/);
  expect(rest).toEqual({
    name: 'Ada',
    email: 'ada@example.com',
    createdAt: new Date(START).toISOString(),
    updatedAt: new Date(START).toISOString(),
  });
  expect((await control.call('GET', `/consumers/${id}`)).body.data).toEqual(reply.body.data);
});

test('an email is optional, and null is none', async () => {
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
])('%j is refused by 400, pointing at %s', async (body, pointer) => {
  expect(await create(body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
});

test('a patch changes what it names and nothing else', async () => {
  const { id, createdAt } = (await create({ name: 'Old', email: 'old@example.com' })).body.data;
  control.advance(1_000);
  const renamed = (await control.call('PATCH', `/consumers/${id}`, { name: 'New' })).body.data;
  expect(renamed).toEqual({ id, name: 'New', email: 'old@example.com', createdAt, updatedAt: now() });
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

test('pages walk through all consumers, newest first', async () => {
  const all = (await control.call('GET', '/consumers?limit=1000')).body.data;
  const walked = await control.walk('/consumers', 1);
  expect(walked).toEqual(all);
  expect(walked.length).toBeGreaterThan(3);
});

test('a change of a name does not disturb the guard', async () => {
  const before = control.changes();
  await create({ name: 'Quiet' });
  expect(control.changes()).toBe(before);
});
