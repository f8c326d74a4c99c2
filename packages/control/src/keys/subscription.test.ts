import type { Access } from '@api-factory/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Grant, grantEntitlement, setAccess } from '../entitlements/subscription.ts';
import { type ControlApp, controlApp, START } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { change, SYSTEM, type Write } from '../transaction/change.ts';
import { newId } from '../usage/testing/fixtures.ts';

const DAY = 86_400_000;
const inMs = (ms: number) => new Date(START + ms);

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling('sandbox') });
});
afterAll(() => control.close());

const write = <T>(work: (write: Write) => Promise<T>): Promise<T> => change(control.context, SYSTEM, work);
const act = (id: string, what: string, body?: object) => control.call('POST', `/keys/${id}/${what}`, body);
const get = async (id: string) => (await control.call('GET', `/keys/${id}`)).body.data;
const me = (key: string) => control.callAs({ 'x-api-key': key }, 'GET', '/keys/me');

/** The entitlement of a subscription, with its consumer. */
async function anEntitlement(parts: Partial<Grant> = {}) {
  const consumerId = (await control.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
  const defaults = { planId: 'pro', planVersion: 1, mode: 'sandbox' as const, subscriptionId: newId('sub'), access: 'active' as const };
  return write((tx) => grantEntitlement(tx, { ...defaults, anchor: inMs(0), ...parts, consumerId }));
}
const create = (entitlementId: string) => control.call('POST', '/keys', { name: 'bought', entitlementId });
async function aBought(parts: Partial<Grant> = {}) {
  const entitlement = await anEntitlement(parts);
  return {
    entitlement,
    key: (await create(entitlement.id)).body.data,
    grants: (access: Access) => write((tx) => setAccess(tx, entitlement.id, access)),
  };
}

describe('a key of a subscription', () => {
  test('is created for the active billing mode, and shows its subscription', async () => {
    const { entitlement, key } = await aBought();
    expect(key).toMatchObject({
      mode: 'test',
      status: 'enabled',
      plan: 'pro',
      entitlementId: entitlement.id,
      subscriptionId: entitlement.subscriptionId,
    });
    expect(key.key).toMatch(/^af_test_/);
    expect(await get(key.id)).toMatchObject({ subscriptionId: entitlement.subscriptionId, consumerId: entitlement.consumerId });
  });

  test('has the stricter of operator status and access, and neither overwrites the other', async () => {
    const { key, grants } = await aBought();
    const status = async () => (await get(key.id)).status;
    await grants('grace');
    expect(await status()).toBe('enabled');
    await grants('suspended');
    expect(await status()).toBe('suspended');
    expect((await act(key.id, 'resume')).body.data.status).toBe('suspended');
    await act(key.id, 'suspend');
    await grants('active');
    expect(await status()).toBe('suspended');
    await grants('revoked');
    expect(await status()).toBe('revoked');
    expect((await act(key.id, 'resume')).status).toBe(200);
    await grants('active');
    expect(await status()).toBe('enabled');
    await act(key.id, 'revoke');
    await grants('suspended');
    await grants('active');
    expect(await status()).toBe('revoked');
  });

  test('can be listed by the status and access that it shows', async () => {
    const accesses = ['active', 'grace', 'suspended', 'revoked'] as const;
    const ids: string[] = [];
    for (const access of accesses) {
      const { entitlement, key, grants } = await aBought();
      const [suspended, revoked] = [(await create(entitlement.id)).body.data, (await create(entitlement.id)).body.data];
      const expiring = { name: 'short', entitlementId: entitlement.id, expiresAt: inMs(1).toISOString() };
      const expired = (await control.call('POST', '/keys', expiring)).body.data;
      await act(suspended.id, 'suspend');
      await act(revoked.id, 'revoke');
      await grants(access);
      ids.push(key.id, suspended.id, revoked.id, expired.id);
    }
    control.advance(1);
    const all = (await control.walk('/keys', 50)) as { id: string; status: string; access: string | null }[];
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    for (const status of ['enabled', 'suspended', 'revoked', 'expired']) {
      const found = (await control.call('GET', `/keys?status=${status}&limit=100`)).body.data as typeof all;
      expect(found.map(({ id }) => id)).toEqual(all.filter((key) => key.status === status).map(({ id }) => id));
      expect(found.length).toBeGreaterThan(0);
    }
    for (const access of accesses) {
      const found = (await control.call('GET', `/keys?access=${access}&limit=100`)).body.data as typeof all;
      expect(found.map(({ id }) => id)).toEqual(all.filter((key) => key.access === access).map(({ id }) => id));
      expect(found.length).toBeGreaterThanOrEqual(4);
    }
    const inGrace = (await control.call('GET', '/keys?access=grace&status=enabled')).body.data as typeof all;
    expect(inGrace.map(({ id }) => id)).toEqual(
      all.filter((key) => key.access === 'grace' && key.status === 'enabled').map(({ id }) => id),
    );
  });

  test('shows who suspended it: the operator, even if billing did too', async () => {
    const { key, grants } = await aBought();
    const reason = async () => {
      const { access, suspendedBy } = await get(key.id);
      return [access, suspendedBy];
    };
    expect(await reason()).toEqual(['active', null]);
    await grants('suspended');
    expect(await reason()).toEqual(['suspended', 'billing']);
    await act(key.id, 'suspend');
    expect(await reason()).toEqual(['suspended', 'operator']);
    await grants('grace');
    expect(await reason()).toEqual(['grace', 'operator']);
    await act(key.id, 'resume');
    expect(await reason()).toEqual(['grace', null]);
    await grants('revoked');
    expect(await reason()).toEqual(['revoked', null]);
  });

  test('keeps the plan of its subscription: an operator can’t move it', async () => {
    const { key } = await aBought();
    const refused = await control.call('PATCH', `/keys/${key.id}`, { name: 'renamed', plan: 'enterprise' });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT', detail: expect.stringContaining('Its plan follows the subscription') },
    });
    expect(await get(key.id)).toMatchObject({ name: 'bought', plan: 'pro' });
    expect((await control.call('PATCH', `/keys/${key.id}`, { name: 'renamed' })).body.data.name).toBe('renamed');
  });

  test('can be rotated while suspended, and stays in its entitlement', async () => {
    const { entitlement, key, grants } = await aBought();
    await grants('suspended');
    const { data } = (await act(key.id, 'rotate', {})).body;
    expect(data).toMatchObject({ entitlementId: entitlement.id, status: 'suspended', rotatedFrom: key.id });
    await grants('active');
    expect((await get(data.id)).status).toBe('enabled');
  });

  test('can’t be created or rotated after the subscription has ended', async () => {
    const { entitlement, key, grants } = await aBought();
    await grants('revoked');
    const ended = { status: 409, body: { code: 'CONFLICT', detail: expect.stringContaining('has ended') } };
    expect(await create(entitlement.id)).toMatchObject(ended);
    expect(await act(key.id, 'rotate', {})).toMatchObject(ended);
    await grants('active');
    expect((await get(key.id)).status).toBe('enabled');
  });

  test('can’t be created for a subscription of another mode', async () => {
    for (const mode of ['test', 'live'] as const) {
      const refused = await create((await anEntitlement({ mode })).id);
      expect(refused).toMatchObject({
        status: 409,
        body: { detail: `The entitlement belongs to billing mode ${mode}, but the mode is sandbox.` },
      });
    }
  });
});

describe('GET /keys/me', () => {
  test('shows what the subscription grants, and where to manage it', async () => {
    const { entitlement, key, grants } = await aBought();
    const subscriptionId = entitlement.subscriptionId as string;
    const { db } = control.database;
    await db.insertInto('stripe_customers').values({ mode: 'sandbox', id: 'cus_1' }).execute();
    await db
      .insertInto('subscriptions')
      .values({
        mode: 'sandbox',
        id: subscriptionId,
        customer_id: 'cus_1',
        entitlement_id: entitlement.id,
        status: 'past_due',
        access: 'grace',
        grace_until: inMs(7 * DAY),
        price_id: 'price_1',
        plan_id: 'pro',
        anchor: inMs(0),
        current_period_start: inMs(0),
        current_period_end: inMs(30 * DAY),
        cancel_at: inMs(60 * DAY),
        ended_at: null,
        backed_by: null,
        created_at: inMs(0),
        synced_at: inMs(0),
      })
      .execute();
    await grants('grace');
    expect((await me(key.key)).body.data).toMatchObject({
      status: 'enabled',
      billing: {
        status: 'grace',
        plan: 'pro',
        currentPeriodEnd: inMs(30 * DAY).toISOString(),
        cancelAt: inMs(60 * DAY).toISOString(),
        graceUntil: inMs(7 * DAY).toISOString(),
        portalUrl: 'https://api.example.org/checkout/manage',
      },
    });
  });

  test('accepts a suspended key; one whose subscription has ended is refused like an unknown one', async () => {
    const { key, grants } = await aBought();
    await grants('suspended');
    expect((await me(key.key)).body.data).toMatchObject({ status: 'suspended', billing: { status: 'suspended', graceUntil: null } });
    await act(key.id, 'suspend');
    await grants('active');
    expect((await me(key.key)).body.data).toMatchObject({ status: 'suspended', billing: { status: 'active' } });
    await grants('revoked');
    const [revoked, unknown] = [await me(key.key), await me('nonsense')];
    expect(revoked.status).toBe(401);
    expect({ ...revoked.body, meta: null }).toEqual({ ...unknown.body, meta: null });
  });

  test('shows no billing for a key created by the operator', async () => {
    const { key } = (await control.call('POST', '/keys', { name: 'given', plan: 'starter' })).body.data;
    expect((await me(key)).body.data.billing).toBeNull();
  });

  test('refuses a key whose subscription belongs to another mode', async () => {
    const { entitlement, key } = await aBought();
    expect((await me(key.key)).status).toBe(200);
    await control.database.db.updateTable('entitlements').set({ mode: 'test' }).where('id', '=', entitlement.id).execute();
    expect(await me(key.key)).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
  });
});

test('with billing off, subscription keys are shown, but refused, and no new ones are created', async () => {
  const off = await controlApp();
  try {
    const consumerId = (await off.call('POST', '/consumers', { name: 'Ada' })).body.data.id;
    const { id } = await change(off.context, SYSTEM, (tx) =>
      grantEntitlement(tx, {
        consumerId,
        planId: 'pro',
        planVersion: 1,
        mode: 'live',
        subscriptionId: 'sub_1',
        anchor: inMs(0),
        access: 'active',
      }),
    );
    const refused = await off.call('POST', '/keys', { name: 'bought', entitlementId: id });
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: 'The entitlement belongs to billing mode live, but billing is off.' },
    });
    const given = (await off.call('POST', '/keys', { name: 'given', plan: 'pro' })).body.data;
    await off.database.db.updateTable('keys').set({ entitlement_id: id }).where('id', '=', given.id).execute();
    expect((await off.call('GET', `/keys/${given.id}`)).body.data).toMatchObject({ status: 'enabled', subscriptionId: 'sub_1' });
    expect((await off.callAs({ 'x-api-key': given.key }, 'GET', '/keys/me')).status).toBe(401);
  } finally {
    await off.close();
  }
});
