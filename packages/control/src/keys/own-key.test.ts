import { afterEach, describe, expect, test } from 'vitest';
import { ADMIN_KEY, type ControlApp, controlApp, START, type TestOptions } from '../testing/app.ts';

let control: ControlApp;
afterEach(() => control.close());

const start = async (options: TestOptions = {}) => {
  control = await controlApp(options);
};
const issue = async (body: object = {}) => (await control.call('POST', '/keys', { name: 'mine', plan: 'starter', ...body })).body.data;
const me = (key: string) => control.callAs({ authorization: `Bearer ${key}` }, 'GET', '/keys/me');

describe('GET /keys/me', () => {
  test('shows an unused key its full quota, period and rate, with either header', async () => {
    await start();
    const { key, id } = await issue();
    const reply = await me(key);
    expect(reply).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(reply.body.data).toEqual({
      id,
      name: 'mine',
      status: 'enabled',
      plan: 'starter',
      usage: { used: 0, limit: 1_000, remaining: 1_000, periodStart: '2026-01-15T12:00:00.000Z', periodEnd: '2026-02-15T12:00:00.000Z' },
      rate: { limit: 60, remaining: 60, resetSeconds: 60 },
      billing: null,
    });
    expect((await control.callAs({ 'x-api-key': key }, 'GET', '/keys/me')).body.data).toEqual(reply.body.data);
    expect((await control.callAs({ 'x-api-key': key, authorization: `bearer ${key}` }, 'GET', '/keys/me')).status).toBe(200);
  });

  test('without live numbers it counts the units settled in the current period', async () => {
    await start();
    const { key, entitlementId } = await issue();
    const period = (id: string, from: number, to: number) => ({
      period_id: id,
      entitlement_id: entitlementId,
      starts_at: new Date(from),
      ends_at: new Date(to),
    });
    const { db } = control.database;
    await db
      .insertInto('quotas')
      .values({ ...period('before', START - 10, START), settled: 999 })
      .execute();
    expect((await me(key)).body.data.usage).toMatchObject({ used: 0, remaining: 1_000 });
    // Corrected bounds can make two periods overlap: the later one counts.
    await db
      .insertInto('quotas')
      .values([
        { ...period('now', START, START + 10), settled: 1, leased: 30 },
        { ...period('long', START - 5, START + 90), settled: 500 },
      ])
      .execute();
    const { usage } = (await me(key)).body.data;
    expect(usage).toMatchObject({ used: 1, limit: 1_000, remaining: 999, periodEnd: new Date(START + 10).toISOString() });
  });

  test('the gateway’s numbers take precedence: they include usage that is not shipped yet', async () => {
    await start({ live: { quotaRemaining: 7, rateRemaining: 3, rateResetSeconds: 12 } });
    const { key } = await issue();
    expect((await me(key)).body.data).toMatchObject({
      usage: { used: 993, limit: 1_000, remaining: 7 },
      rate: { limit: 60, remaining: 3, resetSeconds: 12 },
    });
  });

  test('an unlimited plan has null as limit and remaining', async () => {
    await start({ live: { quotaRemaining: Number.POSITIVE_INFINITY, rateRemaining: null, rateResetSeconds: 0 } });
    await control.call('POST', '/plans', {
      id: 'free',
      name: 'Free',
      quota: { limit: null, period: 'day' },
      rate: { limit: null, windowSeconds: 60 },
    });
    const { key } = await issue({ plan: 'free' });
    expect((await me(key)).body.data).toMatchObject({
      usage: { used: 0, limit: null, remaining: null },
      rate: { limit: null, remaining: null, resetSeconds: null },
    });
  });

  test('a suspended key can read it; an expired one gets KEY_EXPIRED; a revoked one is unknown', async () => {
    await start();
    const [suspended, expired, revoked] = [await issue(), await issue({ expiresAt: new Date(START + 1).toISOString() }), await issue()];
    await control.call('POST', `/keys/${suspended.id}/suspend`);
    await control.call('POST', `/keys/${revoked.id}/revoke`);
    expect((await me(suspended.key)).body.data.status).toBe('suspended');
    expect((await me(expired.key)).status).toBe(200);
    control.advance(1);
    expect(await me(expired.key)).toMatchObject({ status: 401, body: { code: 'KEY_EXPIRED' } });
    expect(await me(revoked.key)).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
  });

  test('unknown, malformed, revoked and operator keys get the same response', async () => {
    await start();
    const { key, id } = await issue();
    await control.call('POST', `/keys/${id}/revoke`);
    const bodies = [];
    for (const credential of [key, `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`, 'nonsense', 'af_live_', ADMIN_KEY]) {
      const { status, headers, body } = await me(credential);
      bodies.push({ status, challenge: headers['www-authenticate'], ...body, meta: null });
    }
    expect(bodies[0]).toMatchObject({ status: 401, code: 'INVALID_KEY', challenge: 'Bearer realm="api-factory", error="invalid_token"' });
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  test('no credential is 401 with a challenge; two different ones are 400', async () => {
    await start();
    const { key } = await issue();
    expect(await control.callAs({}, 'GET', '/keys/me')).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="api-factory"' },
      body: { code: 'UNAUTHORIZED' },
    });
    const both = await control.callAs({ authorization: `Bearer ${key}`, 'x-api-key': 'other' }, 'GET', '/keys/me');
    expect(both).toMatchObject({ status: 400, body: { code: 'CREDENTIAL_CONFLICT' } });
    expect(JSON.stringify(both.body)).not.toContain(key);
  });

  test('a key of another mode is refused', async () => {
    await start({ keyMode: 'test' });
    const { key, mode } = await issue();
    expect([mode, key.slice(0, 8)]).toEqual(['test', 'af_test_']);
    expect((await me(key)).status).toBe(200);
    await control.database.db.updateTable('keys').set({ mode: 'live' }).execute();
    expect((await me(key)).status).toBe(401);
  });

  test('guessing is stopped with 429, which does not affect a valid key', async () => {
    await start({ failuresAllowed: 2 });
    const { key } = await issue();
    expect([(await me('a')).status, (await me('b')).status]).toEqual([401, 401]);
    expect(await me('c')).toMatchObject({ status: 429, headers: { 'retry-after': '30' }, body: { code: 'RATE_LIMITED' } });
    expect((await me(key)).status).toBe(200);
  });
});
