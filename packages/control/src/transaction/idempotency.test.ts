import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../testing/app.ts';

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp();
});
afterAll(() => control.close());

let names = 0;
const fresh = () => ({ 'idempotency-key': `request ${++names}` });
const KEY = { name: 'once', plan: 'starter' };
const count = async () => (await control.call('GET', '/keys?limit=1000')).body.data.length;
const DAY = 24 * 60 * 60 * 1_000;

test('a repeated request gets the same response, plaintext included, and creates nothing', async () => {
  const name = fresh();
  const first = await control.call('POST', '/keys', KEY, name);
  const [keys, changesBefore] = [await count(), control.changes()];
  const second = await control.call('POST', '/keys', KEY, name);
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.data).toEqual(first.body.data);
  expect([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
  expect([await count(), control.changes()]).toEqual([keys, changesBefore]);
});

test('the stored response reveals neither the API key nor the Idempotency-Key', async () => {
  const { key } = (await control.call('POST', '/keys', KEY, { 'idempotency-key': 'a name to look for' })).body.data;
  const dump = await control.dump();
  expect(dump).not.toContain(key);
  expect(dump).not.toContain(Buffer.from(key).toString('base64').slice(0, 40));
  expect(dump).not.toContain('a name to look for');
});

test('another body or another path with the same Idempotency-Key is 422', async () => {
  const name = fresh();
  const { id } = (await control.call('POST', '/keys', KEY, name)).body.data;
  for (const [path, body] of [
    ['/keys', { ...KEY, name: 'twice' }],
    ['/consumers', { name: 'once' }],
    [`/keys/${id}/rotate`, {}],
  ] as const) {
    expect(await control.call('POST', path, body, name)).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_MISMATCH' } });
  }
});

test('of ten concurrent requests one executes, and all get its response', async () => {
  const name = fresh();
  const before = await count();
  const replies = await Promise.all(Array.from({ length: 10 }, () => control.call('POST', '/keys', KEY, name)));
  expect(new Set(replies.map(({ body }) => body.data.key)).size).toBe(1);
  expect(replies.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
  expect(await count()).toBe(before + 1);
});

test('ten concurrent requests create one consumer', async () => {
  const name = fresh();
  const replies = await Promise.all(Array.from({ length: 10 }, () => control.call('POST', '/consumers', { name: 'one' }, name)));
  expect(new Set(replies.map(({ body }) => body.data.id)).size).toBe(1);
  expect((await control.call('GET', '/consumers')).body.data).toHaveLength(1);
});

test('plans and rotations are replayed too', async () => {
  const plan = { id: 'once', name: 'Once', quota: { limit: 1, period: 'day' }, rate: { limit: 1, windowSeconds: 1 } };
  const [forPlan, forRotation] = [fresh(), fresh()];
  await control.call('POST', '/plans', plan, forPlan);
  expect(await control.call('POST', '/plans', plan, forPlan)).toMatchObject({ status: 201, headers: { 'idempotent-replayed': 'true' } });
  const { id } = (await control.call('POST', '/keys', KEY)).body.data;
  const rotated = await control.call('POST', `/keys/${id}/rotate`, {}, forRotation);
  const again = await control.call('POST', `/keys/${id}/rotate`, {}, forRotation);
  expect(again.body.data).toEqual(rotated.body.data);
});

test('a refused request is not stored: it may succeed later', async () => {
  const name = fresh();
  const body = { name: 'early', plan: 'later' };
  expect((await control.call('POST', '/keys', body, name)).status).toBe(400);
  await control.call('POST', '/plans', {
    id: 'later',
    name: 'Later',
    quota: { limit: 1, period: 'day' },
    rate: { limit: 1, windowSeconds: 1 },
  });
  expect((await control.call('POST', '/keys', body, name)).status).toBe(201);
});

test('a response is stored for exactly 24 hours', async () => {
  const name = fresh();
  const first = (await control.call('POST', '/keys', KEY, name)).body.data.id;
  control.advance(DAY - 1);
  expect((await control.call('POST', '/keys', KEY, name)).body.data.id).toBe(first);
  control.advance(1);
  const later = await control.call('POST', '/keys', KEY, name);
  expect(later.status).toBe(201);
  expect(later.headers['idempotent-replayed']).toBeUndefined();
  expect(later.body.data.id).not.toBe(first);
  expect((await control.call('POST', '/keys', KEY, name)).body.data.id).toBe(later.body.data.id);
});

test.each([
  ['', 400],
  ['x'.repeat(255), 201],
  ['x'.repeat(256), 400],
])('an Idempotency-Key must have 1 to 255 characters: %#', async (name, status) => {
  expect((await control.call('POST', '/keys', KEY, { 'idempotency-key': name })).status).toBe(status);
});
