import { afterEach, describe, expect, test } from 'vitest';
import { editOf } from '../../testing/plans.ts';
import { type BilledApp, type BilledOptions, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey, aCheckout, aPurchase, BUYER_EMAIL, checkoutState } from '../testing/purchase.ts';
import { stored } from '../testing/subscriber.ts';

let billed: BilledApp;
afterEach(() => billed.close());
const start = async (options: BilledOptions = {}) => {
  billed = await billedApp(options);
};
const remove = (plan: string) => billed.admin('DELETE', `/plans/${plan}`);
const inUse = (sale: string) => ({ status: 409, body: { code: 'PLAN_IN_USE', error: { details: { sale } } } });
const flags = async () => (await billed.admin('GET', '/billing/flags')).body.data;

async function withoutPrice(plan: string) {
  const { data } = (await billed.admin('GET', `/plans/${plan}`)).body;
  expect((await billed.admin('PUT', `/plans/${plan}`, { ...editOf(data), price: null })).status).toBe(200);
  expect((await billed.admin('POST', '/billing/push', {})).status).toBe(200);
}

describe('a plan that was for sale', () => {
  test('cannot be deleted while its price is active in Stripe or a checkout can be paid', async () => {
    await start();
    await aCheckout(billed, { plan: 'pro' });
    expect(await remove('pro')).toMatchObject(inUse('checkout'));
    await billed.admin('POST', '/billing/push', {});
    expect(await remove('starter')).toMatchObject(inUse('price'));
    await withoutPrice('starter');
    expect(await remove('starter')).toMatchObject({ status: 200 });
  });

  test('cannot be deleted once it was sold, even after its subscription moved to another plan', async () => {
    await start();
    await aPurchase(billed, { plan: 'pro' });
    await withoutPrice('pro');
    const { db } = billed.database;
    await db.updateTable('entitlements').set({ plan_id: 'starter', plan_version: 1 }).execute();
    await db.deleteFrom('checkouts').execute();
    expect(await remove('pro')).toMatchObject(inUse('subscription'));
  });
});

describe('a checkout that is paid after its plan was deleted', () => {
  const pay = async (sessionId: string) => {
    billed.sandbox.controls.pay({ sessionId, outcome: 'pays', email: 'ann@example.com' });
    await billed.settled();
  };

  test('stores its subscription and raises a flag', async () => {
    await start();
    const purchase = await aCheckout(billed, { plan: 'pro' });
    await billed.database.db.deleteFrom('plans').where('id', '=', 'pro').execute();
    await pay(purchase.sessionId);
    const { subscriptions, entitlements } = await stored(billed);
    expect([subscriptions, entitlements]).toMatchObject([[{ access: 'none', status: 'active', plan_id: null }], []]);
    expect(await flags()).toMatchObject([{ kind: 'unmapped_price', objectId: subscriptions[0]?.id }]);
    expect(await checkoutState(purchase)).toMatchObject({ state: 'processing' });
  });

  test('grants no access to a new plan with the same id', async () => {
    await start();
    const purchase = await aCheckout(billed, { plan: 'pro' });
    const { body } = await billed.admin('GET', '/plans/pro');
    await billed.database.db.deleteFrom('plans').where('id', '=', 'pro').execute();
    const { name, rate } = body.data;
    const price = { amountCents: 999_900, currency: 'usd', interval: 'month' };
    const created = await billed.admin('POST', '/plans', { id: 'pro', name, rate, price, quota: { limit: null, period: 'month' } });
    expect(created.status).toBe(201);
    await pay(purchase.sessionId);
    expect((await stored(billed)).entitlements).toEqual([]);
    expect(await flags()).toMatchObject([{ kind: 'unmapped_price' }]);
  });
});

describe('a consumer whose Stripe customer is missing buys again as the same consumer', () => {
  const givenKey = async (consumerId: string) =>
    (await billed.admin('POST', '/keys', { name: 'given', plan: 'starter', consumerId })).body.data.key as string;
  const buyAgain = async (consumerId: string) => {
    const again = await aBoughtKey(billed, {
      headers: { authorization: `Bearer ${await givenKey(consumerId)}` },
      email: BUYER_EMAIL,
    });
    expect(again.consumerId).toBe(consumerId);
    const rows = (await stored(billed)).customers.filter(({ consumer_id }) => consumer_id === consumerId);
    expect(rows).toHaveLength(1);
    return rows[0]?.id;
  };

  test('after it was deleted', async () => {
    await start();
    const { consumerId } = await aBoughtKey(billed);
    const [customer] = (await stored(billed)).customers;
    await billed.context.billing?.stripe.customers.del(customer?.id ?? '');
    await billed.settled();
    expect(await buyAgain(consumerId)).not.toBe(customer?.id);
  });

  test('after it was deleted without a sync since', async () => {
    await start();
    const { consumerId } = await aBoughtKey(billed);
    const [customer] = (await stored(billed)).customers;
    billed.sandbox.controls.delivery({ mode: 'drop' });
    await billed.context.billing?.stripe.customers.del(customer?.id ?? '');
    await billed.sandbox.idle();
    billed.sandbox.controls.delivery({ mode: 'normal' });
    expect(await buyAgain(consumerId)).not.toBe(customer?.id);
  });

  test('after the sandbox was reset', async () => {
    await start();
    const { consumerId } = await aBoughtKey(billed);
    billed.sandbox.controls.reset();
    await buyAgain(consumerId);
  });

  test('but not in live mode, where the customer may belong to another account', async () => {
    await start({ mode: 'live', jobs: false, deliver: false });
    await billed.admin('POST', '/billing/push', {});
    const { id } = (await billed.admin('POST', '/consumers', { name: 'Ann' })).body.data;
    const headers = { authorization: `Bearer ${await givenKey(id)}` };
    await aCheckout(billed, { headers });
    billed.sandbox.controls.reset();
    await billed.database.db.deleteFrom('stripe_prices').execute();
    await billed.admin('POST', '/billing/push', {});
    const { customers } = await stored(billed);
    const reply = await billed.browser().post('/api/billing/checkout', { plan: 'pro' }, headers);
    expect(reply).toMatchObject({ body: { code: 'STRIPE_REJECTED' } });
    expect((await stored(billed)).customers).toEqual(customers);
  });
});

describe('checkouts are limited', () => {
  test('without a key for all addresses together', async () => {
    await start({ buyerShares: { checkouts: 3, checkoutsFrom: { host: 9, site: 9, organization: 9 } } });
    const { key } = await aBoughtKey(billed);
    const post = (headers = {}) => billed.browser().post('/api/billing/checkout', { plan: 'pro', email: BUYER_EMAIL }, headers);
    expect((await post()).status).toBe(201);
    expect(await post()).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect((await post({ authorization: `Bearer ${key}` })).status).toBe(201);
    expect((await billed.browser().get('/api/billing/plans')).status).toBe(200);
  });

  test('with a key by the number of the consumer’s unpaid checkouts', async () => {
    await start();
    const { key } = await aBoughtKey(billed);
    const headers = { authorization: `Bearer ${key}` };
    const open = [];
    for (let i = 0; i < 20; i++) open.push(await aCheckout(billed, { headers, email: BUYER_EMAIL }));
    const refused = await billed.browser().post('/api/billing/checkout', { plan: 'pro', email: BUYER_EMAIL }, headers);
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', detail: expect.stringContaining('20') } });
    await billed.sandbox.controls.pay({ sessionId: open[0]?.sessionId ?? '', outcome: 'abandons' });
    await billed.settled();
    await aCheckout(billed, { headers, email: BUYER_EMAIL });
  });
});
