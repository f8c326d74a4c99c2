import type { Access } from '@api-factory/core';
import { afterEach, describe, expect, test } from 'vitest';
import { grantEntitlement, setAccess } from '../entitlements/subscription.ts';
import { type ControlApp, controlApp, START, type TestOptions } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { change, SYSTEM } from '../transaction/change.ts';

let control: ControlApp;
afterEach(() => control.close());

const start = async (options: TestOptions = {}) => {
  control = await controlApp(options);
};
const issue = async (body: object = {}) => (await control.call('POST', '/keys', { name: 'theirs', plan: 'starter', ...body })).body.data;
const limits = (id: string) => control.call('GET', `/keys/${id}/limits`);
const own = (key: string) => control.callAs({ 'x-api-key': key }, 'GET', '/keys/me');

describe('GET /keys/{id}/limits', () => {
  test('shows what the owner of the key sees, with the gateway’s live numbers', async () => {
    await start({ live: { quotaRemaining: 7, rateRemaining: 3, rateResetSeconds: 12 } });
    const { key, id } = await issue();
    const { status, body } = await limits(id);
    expect(status).toBe(200);
    expect(body.data).toEqual((await own(key)).body.data);
    expect(body.data).toMatchObject({ id, usage: { used: 993, limit: 1_000 }, rate: { remaining: 3, resetSeconds: 12 }, billing: null });
  });

  test('counts the units settled in the current period', async () => {
    await start();
    const { id, key, entitlementId } = await issue();
    const period = { period_id: 'p', entitlement_id: entitlementId, starts_at: new Date(START), ends_at: new Date(START + 10) };
    await control.database.db
      .insertInto('quotas')
      .values({ ...period, settled: 41 })
      .execute();
    const { data } = (await limits(id)).body;
    expect(data.usage).toMatchObject({ used: 41, remaining: 959, periodEnd: new Date(START + 10).toISOString() });
    expect(data).toEqual((await own(key)).body.data);
  });

  test('also shows suspended, expired and revoked keys, with the status that the list shows', async () => {
    await start();
    const [suspended, expired, revoked] = [await issue(), await issue({ expiresAt: new Date(START + 1).toISOString() }), await issue()];
    await control.call('POST', `/keys/${suspended.id}/suspend`);
    await control.call('POST', `/keys/${revoked.id}/revoke`);
    expect((await limits(expired.id)).body.data.status).toBe('enabled');
    control.advance(1);
    for (const { id, status } of [
      { id: suspended.id, status: 'suspended' },
      { id: expired.id, status: 'expired' },
      { id: revoked.id, status: 'revoked' },
    ]) {
      expect((await limits(id)).body.data).toMatchObject({ id, status, usage: { limit: 1_000 }, rate: { limit: 60 } });
      expect((await control.call('GET', `/keys/${id}`)).body.data.status).toBe(status);
    }
  });

  test('reveals no secret', async () => {
    await start();
    const { id, key } = await issue();
    const { hash } = await control.database.db.selectFrom('keys').select('hash').where('id', '=', id).executeTakeFirstOrThrow();
    const text = JSON.stringify((await limits(id)).body);
    expect(text).not.toContain(key);
    expect(text).not.toContain(hash);
  });

  test('needs the operator key: an API key is refused, even for itself', async () => {
    await start();
    const { id, key } = await issue();
    expect((await control.callAs({}, 'GET', `/keys/${id}/limits`)).status).toBe(401);
    expect((await control.callAs({ authorization: `Bearer ${key}` }, 'GET', `/keys/${id}/limits`)).status).toBe(401);
    expect(await limits('me')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  test('shows what the subscription grants, and no billing once it has ended', async () => {
    await start({ billing: aBilling('sandbox') });
    const consumerId = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
    const grant = { planId: 'pro', planVersion: 1, mode: 'sandbox', subscriptionId: 'sub_1', access: 'active' } as const;
    const entitlement = await change(control.context, SYSTEM, (write) =>
      grantEntitlement(write, { ...grant, consumerId, anchor: new Date(START) }),
    );
    const { id, key } = await issue({ plan: 'pro', entitlementId: entitlement.id });
    const grants = (access: Access) => change(control.context, SYSTEM, (write) => setAccess(write, entitlement.id, access));
    await grants('suspended');
    expect((await limits(id)).body.data).toMatchObject({
      status: 'suspended',
      billing: { status: 'suspended', plan: 'pro', portalUrl: 'https://api.example.org/checkout/manage' },
    });
    expect((await limits(id)).body.data).toEqual((await own(key)).body.data);
    await grants('revoked');
    expect((await limits(id)).body.data).toMatchObject({ status: 'revoked', billing: null });
  });
});
