import { afterEach, expect, test } from 'vitest';
import { ADMIN_KEY, type ControlApp, controlApp } from '../testing/app.ts';
import { ensureOperatorKey } from './change.ts';

let control: ControlApp;
afterEach(() => control.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const status = async (key: string) => (await control.callAs(bearer(key), 'GET', '/plans')).status;
const ids = async (key: string) =>
  (await control.callAs(bearer(key), 'GET', '/operator-keys')).body.data.map(({ id }: { id: string }) => id);

async function firstKey(): Promise<string> {
  control = await controlApp({ adminKey: null });
  return (await ensureOperatorKey(control.context)) ?? '';
}

const create = async (by: string, name = 'second', headers: Record<string, string> = {}) =>
  (await control.callAs({ ...bearer(by), ...headers }, 'POST', '/operator-keys', { name })).body.data as { id: string; key: string };
const revoke = (by: string, id: string) => control.callAs(bearer(by), 'POST', `/operator-keys/${id}/revoke`, {});

test('a new key works at once, and only its hash is stored', async () => {
  const first = await firstKey();
  const created = await create(first);
  expect(created.key).toMatch(/^af_admin_/);
  expect(await status(created.key)).toBe(200);
  expect(await control.dump()).not.toContain(created.key);
  expect(JSON.stringify((await control.callAs(bearer(first), 'GET', '/operator-keys')).body)).not.toContain(created.key);
});

test('a revoked key, and its session, are refused on the next call; others are not', async () => {
  const first = await firstKey();
  const [firstId] = await ids(first);
  const second = await create(first);
  const signedIn = await control.callAs({}, 'POST', '/session', { key: first });
  const cookie = { cookie: String(signedIn.headers['set-cookie']).split(';', 1)[0] as string };
  expect((await control.callAs(cookie, 'GET', '/plans')).status).toBe(200);
  expect((await revoke(second.key, firstId)).status).toBe(200);
  expect([await status(first), (await control.callAs(cookie, 'GET', '/plans')).status, await status(second.key)]).toEqual([401, 401, 200]);
  expect(await control.database.db.selectFrom('operator_sessions').selectAll().execute()).toEqual([]);
  expect(await ids(second.key)).toEqual([second.id]);
});

test('a key can revoke itself while another is active; the last one can’t be revoked', async () => {
  const first = await firstKey();
  const [firstId] = await ids(first);
  const second = await create(first);
  expect((await revoke(second.key, second.id)).status).toBe(200);
  expect(await revoke(first, firstId)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  expect(await status(first)).toBe(200);
});

test('two keys that revoke each other at once leave one active', async () => {
  const first = await firstKey();
  const [firstId] = await ids(first);
  const second = await create(first);
  const outcomes = await Promise.all([revoke(first, second.id), revoke(second.key, firstId)]);
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual([200, 409]);
});

test('with a key from the environment, every other key can be revoked, but not that one', async () => {
  control = await controlApp();
  const created = await create(ADMIN_KEY);
  expect(await ids(ADMIN_KEY)).toEqual(['env', created.id]);
  expect((await revoke(ADMIN_KEY, created.id)).status).toBe(200);
  expect(await revoke(ADMIN_KEY, 'env')).toMatchObject({ status: 409, body: { detail: expect.stringContaining('API_FACTORY_ADMIN_KEY') } });
  expect((await revoke(ADMIN_KEY, created.id)).status).toBe(404);
  expect((await revoke(ADMIN_KEY, 'operator_none')).status).toBe(404);
});

test('the audit log records who created and who revoked a key, without the key', async () => {
  const first = await firstKey();
  const [firstId] = await ids(first);
  const second = await create(first);
  await revoke(first, second.id);
  const { data } = (await control.callAs(bearer(first), 'GET', '/audit?objectType=operator')).body;
  expect(data.map((entry: { actor: string; action: string }) => [entry.actor, entry.action])).toEqual([
    [firstId, 'operator.revoke'],
    [firstId, 'operator.create'],
    ['system', 'operator.create'],
  ]);
  expect(JSON.stringify(data)).not.toContain(second.key);
});

test('the same request sent twice creates one key', async () => {
  const first = await firstKey();
  const headers = { 'idempotency-key': 'once' };
  const created = await create(first, 'second', headers);
  expect(await create(first, 'second', headers)).toEqual(created);
  // The stored response can't be read without the operator key of the request.
  expect(await control.dump()).not.toContain(created.key);
  expect(await ids(first)).toHaveLength(2);
});
