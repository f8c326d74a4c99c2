import { isWellFormedKey } from '@api-factory/core';
import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../store/database.ts';
import { ADMIN_KEY, type ControlApp, controlApp } from '../testing/app.ts';
import { createAuthenticate } from './authenticate.ts';
import { ensureOperatorKey } from './change.ts';

let control: ControlApp;
afterEach(() => control.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const read = (headers: Record<string, string>, path = '/plans') => control.callAs(headers, 'GET', path);
const operatorKey = async () => {
  const key = await ensureOperatorKey(control.context);
  if (key === null) throw new Error('an operator key already exists');
  return key;
};

/** Resolves when a connection to the database waits for a lock. */
async function untilLockAwaited(): Promise<void> {
  const { db } = control.database;
  const waiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await waiting.execute(db)).rows.length === 0);
}

describe('who may call', () => {
  test('every route, and every path that does not exist, needs the operator key', async () => {
    control = await controlApp();
    const { key } = (await control.call('POST', '/keys', { name: 'k', plan: 'starter' })).body.data;
    const routes = [
      ['GET', '/audit'],
      ['GET', '/consumers'],
      ['POST', '/consumers'],
      ['GET', '/consumers/x'],
      ['PATCH', '/consumers/x'],
      ['GET', '/plans'],
      ['POST', '/plans'],
      ['GET', '/plans/pro'],
      ['PUT', '/plans/pro'],
      ['DELETE', '/plans/pro'],
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['GET', '/keys/x'],
      ['PATCH', '/keys/x'],
      ['POST', '/keys/x/suspend'],
      ['POST', '/keys/x/resume'],
      ['POST', '/keys/x/revoke'],
      ['POST', '/keys/x/rotate'],
      ['GET', '/nowhere'],
    ] as const;
    for (const [method, path] of routes) {
      expect(await control.callAs({}, method, path), path).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="api-factory"', 'cache-control': 'no-store' },
        body: { code: 'UNAUTHORIZED' },
      });
      expect(await control.callAs(bearer(key), method, path), path).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="api-factory", error="invalid_token"' },
        body: { code: 'INVALID_KEY' },
      });
    }
    expect(await control.call('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  test.each([
    ['its first part', bearer(ADMIN_KEY.slice(0, -1)), 'INVALID_KEY'],
    ['one character more', bearer(`${ADMIN_KEY}x`), 'INVALID_KEY'],
    ['another case', bearer(ADMIN_KEY.toUpperCase()), 'INVALID_KEY'],
    ['another header', { 'x-api-key': ADMIN_KEY }, 'UNAUTHORIZED'],
    ['another scheme', { authorization: `Basic ${ADMIN_KEY}` }, 'UNAUTHORIZED'],
    ['no scheme', { authorization: ADMIN_KEY }, 'UNAUTHORIZED'],
    ['an empty credential', { authorization: 'Bearer ' }, 'UNAUTHORIZED'],
  ])('%s instead of the exact operator key is refused, and the response does not repeat it', async (_, headers, code) => {
    control = await controlApp();
    const reply = await read(headers as Record<string, string>);
    expect(reply).toMatchObject({ status: 401, body: { code } });
    expect(JSON.stringify(reply.body)).not.toContain(ADMIN_KEY.slice(0, 10));
  });

  test('an operator key with a second credential is refused, in any combination of headers', async () => {
    control = await controlApp({ failuresAllowed: 0 });
    for (const headers of [{ ...bearer(ADMIN_KEY), 'x-api-key': 'other' }, { authorization: `Bearer ${ADMIN_KEY}, Bearer other` }])
      expect(await read(headers)).toMatchObject({ status: 400, body: { code: 'CREDENTIAL_CONFLICT' } });
    expect((await read({ ...bearer(ADMIN_KEY), 'x-api-key': ADMIN_KEY })).status).toBe(200);
    expect((await read({ authorization: `Basic x, Bearer ${ADMIN_KEY}` })).status).toBe(200);
  });

  test('the scheme is case-insensitive', async () => {
    control = await controlApp();
    expect((await read({ authorization: `bearer ${ADMIN_KEY}` })).status).toBe(200);
  });

  test('too many failures get a 429 with Retry-After; the operator key still works', async () => {
    control = await controlApp({ failuresAllowed: 2 });
    expect([(await read({})).status, (await read(bearer('wrong'))).status]).toEqual([401, 401]);
    for (const headers of [{}, bearer('wrong')]) {
      expect(await read(headers)).toMatchObject({ status: 429, headers: { 'retry-after': '30' }, body: { code: 'RATE_LIMITED' } });
    }
    expect((await read(bearer(ADMIN_KEY))).status).toBe(200);
  });
});

describe('rate', () => {
  test('the call after the last allowed one is 429 with Retry-After', async () => {
    control = await controlApp({ adminCallsPerMinute: 3 });
    for (let call = 0; call < 3; call++) expect((await read(bearer(ADMIN_KEY))).status).toBe(200);
    const refused = await read(bearer(ADMIN_KEY));
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', error: { details: { limit: 3 } } } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('limits apply per operator key over all addresses, and per address over all operator keys', async () => {
    control = await controlApp({ adminCallsPerMinute: 2 });
    const generated = await ensureOperatorKey({ ...control.context, adminKey: null });
    const from = async (remoteAddress: string, key: string) =>
      (await control.app.inject({ url: '/api/admin/plans', remoteAddress, headers: bearer(key) })).statusCode;
    expect([await from('10.0.0.1', ADMIN_KEY), await from('10.0.0.2', ADMIN_KEY), await from('10.0.0.3', ADMIN_KEY)]).toEqual([
      200, 200, 429,
    ]);
    expect([await from('10.0.0.1', generated ?? ''), await from('10.0.0.1', generated ?? '')]).toEqual([200, 429]);
  });

  test('calls without the operator key don’t count towards its limit', async () => {
    control = await controlApp({ adminCallsPerMinute: 1 });
    for (let call = 0; call < 5; call++) await read(bearer('wrong'));
    expect((await read(bearer(ADMIN_KEY))).status).toBe(200);
  });

  test('a consumer’s view of its key has a separate limit', async () => {
    control = await controlApp({ adminCallsPerMinute: 1 });
    expect((await read(bearer('a'), '/keys/me')).status).toBe(401);
    expect((await read(bearer('a'), '/keys/me')).status).toBe(429);
    expect((await read(bearer(ADMIN_KEY))).status).toBe(200);
  });
});

describe('the first operator key', () => {
  test('is created once, works, and only its hash is stored', async () => {
    control = await controlApp({ adminKey: null });
    const key = await operatorKey();
    expect(key).toMatch(/^af_admin_/);
    expect(isWellFormedKey(key)).toBe(true);
    expect(await ensureOperatorKey(control.context)).toBeNull();
    expect((await read(bearer(key))).status).toBe(200);
    expect(await control.dump()).not.toContain(key);
  });

  test('is not created when the environment has one', async () => {
    control = await controlApp();
    expect(await ensureOperatorKey(control.context)).toBeNull();
    expect(await control.database.db.selectFrom('operator_keys').selectAll().execute()).toEqual([]);
  });

  test('is created once by two concurrent starts: the second waits for the first', async () => {
    control = await controlApp({ adminKey: null });
    let second: Promise<string | null> = Promise.resolve(null);
    const first = await ensureOperatorKey(control.context, {
      deliver: async () => {
        second = ensureOperatorKey(control.context);
        await Promise.race([second, untilLockAwaited()]);
      },
    });
    expect(first).not.toBeNull();
    expect(await second).toBeNull();
  });

  test('is not created when it can’t be delivered; the next start creates it', async () => {
    control = await controlApp({ adminKey: null });
    const deliver = () => Promise.reject(new Error('read-only file system'));
    await expect(ensureOperatorKey(control.context, { deliver })).rejects.toThrow('read-only file system');
    const delivered: string[] = [];
    const key = await ensureOperatorKey(control.context, { deliver: async (text) => void delivered.push(text) });
    expect(delivered).toEqual([key]);
  });

  test('is recorded as the actor in the audit log', async () => {
    control = await controlApp({ adminKey: null });
    const key = await operatorKey();
    await control.callAs(bearer(key), 'POST', '/consumers', { name: 'Ada' });
    const { data } = (await read(bearer(key), '/audit?objectType=consumer')).body;
    const { id } = await control.database.db.selectFrom('operator_keys').select('id').executeTakeFirstOrThrow();
    expect(data[0].actor).toBe(id);
  });

  test('stops working within a second of being revoked', async () => {
    control = await controlApp({ adminKey: null });
    const key = await operatorKey();
    expect((await read(bearer(key))).status).toBe(200);
    await control.database.db.updateTable('operator_keys').set({ revoked_at: new Date() }).execute();
    control.advance(1_000);
    expect((await read(bearer(key))).status).toBe(401);
    expect(await ensureOperatorKey(control.context)).not.toBeNull();
  });

  test('is looked up once a second, even in a flood of wrong keys', async () => {
    control = await controlApp({ adminKey: null });
    await operatorKey();
    let reads = 0;
    const selectFrom = () => {
      reads += 1;
      return control.context.db.selectFrom('operator_keys');
    };
    const authenticate = createAuthenticate({ ...control.context, db: { selectFrom } as unknown as Database });
    const request = { headers: bearer('wrong') } as never;
    for (let call = 0; call < 50; call++) await expect(authenticate(request)).rejects.toThrow();
    expect(reads).toBe(1);
  });
});
