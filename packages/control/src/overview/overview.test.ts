import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ControlApp, controlApp, START } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { createUsageSink } from '../usage/ingest/sink.ts';
import { aBatch, anEvent } from '../usage/testing/fixtures.ts';
import { aKey, reset } from './testing/fixtures.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = START - 12 * 3_600_000;

let control: ControlApp;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling('sandbox') });
});
afterEach(() => reset(control));
afterAll(() => control.close());

const overview = async () => (await control.call('GET', '/overview')).body.data;
const list = async (query: string) => (await control.call('GET', `/keys?limit=1000&${query}`)).body.data.length;

const NO_ISSUES = {
  deadLetters: 0,
  pendingEvents: 0,
  drift: 0,
  flags: 0,
  disputes: 0,
  grace: 0,
  suspendedByBilling: 0,
  nearQuota: 0,
  quarantined: 0,
};

const noKeys = (id: string, name: string) => ({ id, name, entitlements: 0, keys: 0 });
const PLANS = [noKeys('enterprise', 'Enterprise'), noKeys('pro', 'Pro'), noKeys('starter', 'Starter')];

test('an installation without keys returns zeros', async () => {
  expect(await overview()).toEqual({
    keys: { enabled: 0, suspended: 0, revoked: 0, expired: 0, grace: 0 },
    consumers: 0,
    plans: PLANS,
    quota: { used: 0, limit: 0 },
    today: { calls: 0, units: 0, refusals: 0 },
    nearQuota: [],
    attention: NO_ISSUES,
  });
});

test('the overview requires the operator key', async () => {
  expect(await control.callAs({}, 'GET', '/overview')).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
});

describe('keys', () => {
  test('are counted by the same status as in the list of keys', async () => {
    const { db } = control.database;
    const subscriptions = (['active', 'grace', 'suspended', 'revoked'] as const).map((access) => ({ mode: 'sandbox', access }) as const);
    for (const given of [{}, ...subscriptions]) {
      for (const operatorStatus of ['enabled', 'suspended', 'revoked'] as const) {
        await aKey(db, { ...given, operatorStatus });
        await aKey(db, { ...given, operatorStatus, expiresAt: new Date(START) });
        await aKey(db, { ...given, operatorStatus, expiresAt: new Date(START + 1) });
      }
    }
    const { keys, attention } = await overview();
    for (const status of ['enabled', 'suspended', 'revoked', 'expired'] as const) expect(keys[status]).toBe(await list(`status=${status}`));
    expect(keys.enabled + keys.suspended + keys.revoked + keys.expired).toBe(45);
    expect(keys.grace).toBe(await list('status=enabled&access=grace'));
    expect(keys.grace).toBe(2);
    // Two of the four that are suspended with that access are suspended by the operator as well.
    expect(attention).toEqual({ ...NO_ISSUES, grace: 2, suspendedByBilling: 2 });
  });

  test('of other modes are not counted, nor are their plans and quotas', async () => {
    const { db } = control.database;
    const empty = await overview();
    for (const mode of ['test', 'live'] as const) await aKey(db, { mode, access: 'grace', settled: 1_000 });
    await aKey(db, { keyMode: 'live', settled: 1_000 });
    expect(await overview()).toEqual(empty);
  });
});

test('every plan is listed with the number of its unrevoked keys, the largest first', async () => {
  const { db } = control.database;
  const shared = await aKey(db, { plan: 'pro' });
  await aKey(db, { plan: 'pro', entitlementId: shared.entitlementId, operatorStatus: 'suspended' });
  await aKey(db, { plan: 'pro', expiresAt: new Date(START) });
  await aKey(db, { plan: 'pro', operatorStatus: 'revoked' });
  await aKey(db, { plan: 'pro', mode: 'sandbox', access: 'revoked' });
  await aKey(db, { plan: 'starter' });
  const terms = { name: 'Pro Max', quota: { limit: 5, period: 'day' }, rate: { limit: 5, windowSeconds: 60 }, existing: 'keep' };
  expect((await control.call('PUT', '/plans/pro', terms)).status).toBe(200);
  expect((await overview()).plans).toEqual([
    { id: 'pro', name: 'Pro Max', entitlements: 2, keys: 3 },
    { id: 'starter', name: 'Starter', entitlements: 1, keys: 1 },
    { id: 'enterprise', name: 'Enterprise', entitlements: 0, keys: 0 },
  ]);
});

test('today starts at midnight UTC, for calls and for refused calls', async () => {
  await control.call('POST', '/consumers', { name: 'Ada' });
  const sink = createUsageSink(control.database.db, { gatewayId: 'gw' });
  await sink.open({ gatewayId: 'gw', installationId: null, bootId: 'boot' });
  const refusal = { entitlementId: 'ent', keyId: 'key', code: 'RATE_LIMITED' };
  const batch = aBatch({
    events: [
      anEvent({ ts: MIDNIGHT - 1, cost: 50 }),
      anEvent({ ts: MIDNIGHT, cost: 2 }),
      anEvent({ ts: START, cost: 3, keyId: 'other', status: 404 }),
      anEvent({ ts: START, cost: -1 }),
    ],
    refusals: [
      { ...refusal, minute: MIDNIGHT - 60_000, count: 100 },
      { ...refusal, minute: MIDNIGHT, count: 4 },
      { ...refusal, minute: MIDNIGHT, code: 'QUOTA_EXCEEDED', count: 3 },
    ],
  });
  await sink.commit(batch);
  expect(await overview()).toMatchObject({
    consumers: 1,
    today: { calls: 2, units: 5, refusals: 7 },
    attention: { ...NO_ISSUES, quarantined: 1 },
  });
  control.advance(12 * 3_600_000);
  expect((await overview()).today).toEqual({ calls: 0, units: 0, refusals: 0 });
});

test('billing issues are counted in the current mode: events, drift of 7 days, flags, and disputes with a hold', async () => {
  await fill(control);
  const issues = { deadLetters: 1, pendingEvents: 2, drift: 3, flags: 3, disputes: 1 };
  expect((await overview()).attention).toEqual({ ...NO_ISSUES, ...issues });
});

test('while billing is off, its issues and the keys of subscriptions are not counted', async () => {
  const off = await controlApp({ keyMode: 'test' });
  try {
    await fill(off);
    const { db } = off.database;
    await aKey(db, { mode: 'sandbox', access: 'suspended', settled: 1_000 });
    await aKey(db);
    const { data } = (await off.call('GET', '/overview')).body;
    expect(data.keys).toEqual({ enabled: 1, suspended: 0, revoked: 0, expired: 0, grace: 0 });
    expect(data.attention).toEqual(NO_ISSUES);
  } finally {
    await off.close();
  }
});

/** Open issues in two modes, to show that those of the other mode are not counted. */
async function fill({ database: { db } }: ControlApp): Promise<void> {
  const at = new Date(START);
  for (const mode of ['sandbox', 'live'] as const) {
    await db.insertInto('stripe_customers').values({ mode, id: 'cus_1' }).execute();
    const event = { mode, type: 'invoice.paid', object_type: 'invoice', object_id: 'in_1', source: 'webhook', created_at: at } as const;
    const states = ['pending', 'pending', 'dead', 'done', 'ignored'] as const;
    const events = states.map((state, index) => ({ ...event, id: `evt_${index}`, state, api_version: null, customer_id: null }));
    await db.insertInto('stripe_events').values(events).execute();
    const dispute = { mode, customer_id: 'cus_1', status: 'any', created_at: at, synced_at: at };
    await db
      .insertInto('disputes')
      .values([
        { ...dispute, id: 'dp_1', hold: true },
        { ...dispute, id: 'dp_2', hold: true, released_at: at },
        { ...dispute, id: 'dp_3', hold: false },
      ])
      .execute();
    const flag = { mode, object_id: 'in_1', customer_id: null, detail: '', at };
    await db
      .insertInto('billing_flags')
      .values(['refund', 'fraud', 'price'].map((kind) => ({ ...flag, kind })))
      .execute();
    const drift = [7 * DAY_MS, 7 * DAY_MS + 1, 0, 1].map((ago) => ({
      mode,
      at: new Date(START - ago),
      customer_id: 'cus_1',
      differences: '[]',
    }));
    await db.insertInto('billing_drift').values(drift).execute();
  }
}
