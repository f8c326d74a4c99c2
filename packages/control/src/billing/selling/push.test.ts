import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey } from '../testing/purchase.ts';

let billed: BilledApp;
let requests: string[];
beforeEach(async () => {
  billed = await billedApp({ mode: 'test' });
  requests = [];
  billed.context.billing?.stripe.on('request', ({ method, path }: Record<string, unknown>) => requests.push(`${method} ${path}`));
});
afterEach(() => billed.close());

const stripe = () => {
  const { billing } = billed.context;
  if (billing === null) throw new Error('billing is off');
  return billing.stripe;
};
const push = async (body: object = {}) => (await billed.admin('POST', '/billing/push', body)).body.data as Record<string, string>[];
const actions = async (body: object = {}) => Object.fromEntries((await push(body)).map(({ plan, action }) => [plan, action]));
const writes = () => requests.filter((request) => request.startsWith('POST') || request.startsWith('DELETE'));
const setPro = (fields: object) =>
  billed.admin('PUT', '/plans/pro', {
    name: 'Pro',
    quota: { limit: 10_000, period: 'month' },
    rate: { limit: 600, windowSeconds: 60 },
    price: { amountCents: 4_900, currency: 'usd', interval: 'month' },
    ...fields,
  });
const listed = async () => (await stripe().prices.list({ lookup_keys: ['api_factory_pro'], expand: ['data.product'] })).data;
const rows = () => billed.database.db.selectFrom('stripe_prices').selectAll().where('plan_id', '=', 'pro').orderBy('created_at').execute();

describe('plans push', () => {
  test('creates a product and a price per plan; a second push changes and writes nothing', async () => {
    expect(await actions()).toEqual({ starter: 'created', pro: 'created', enterprise: 'created' });
    expect(await listed()).toMatchObject([
      {
        unit_amount: 4_900,
        currency: 'usd',
        active: true,
        recurring: { interval: 'month' },
        product: { id: 'api_factory_pro', name: 'Pro' },
      },
    ]);
    requests.length = 0;
    expect(await actions()).toEqual({ starter: 'unchanged', pro: 'unchanged', enterprise: 'unchanged' });
    expect(writes()).toEqual([]);
    const audit = (await billed.admin('GET', '/audit?objectType=price')).body.data;
    expect(audit).toHaveLength(3);
    expect(audit[0]).toMatchObject({ actor: 'env', action: 'price.create' });
  });

  test('with dryRun reports the same changes and writes nothing', async () => {
    expect(await actions({ dryRun: true })).toEqual({ starter: 'created', pro: 'created', enterprise: 'created' });
    expect([writes(), await rows()]).toEqual([[], []]);
  });

  test('creates a new price for a changed amount and archives the old one; subscriptions stay on theirs', async () => {
    await push();
    const [before] = await listed();
    const bought = await aBoughtKey(billed);
    await setPro({ price: { amountCents: 5_900, currency: 'usd', interval: 'month' } });
    expect(await actions()).toMatchObject({ pro: 'repriced', starter: 'unchanged' });
    const [after] = await listed();
    expect(after).toMatchObject({ unit_amount: 5_900, active: true, product: { id: 'api_factory_pro' } });
    expect(await stripe().prices.retrieve(before?.id ?? '')).toMatchObject({ active: false, lookup_key: null });
    expect((await rows()).map(({ id, active }) => [id, active])).toEqual([
      [before?.id, false],
      [after?.id, true],
    ]);
    await billed.settled();
    const { data } = (await billed.admin('GET', `/billing/subscriptions?consumer=${bought.consumerId}`)).body;
    expect(data).toMatchObject([{ priceId: before?.id, plan: 'pro', access: 'active' }]);
    expect(await actions()).toMatchObject({ pro: 'unchanged' });
  });

  test('renames the product of a renamed plan and keeps the price', async () => {
    await push();
    const [before] = await listed();
    await setPro({ name: 'Professional' });
    expect(await actions()).toMatchObject({ pro: 'updated' });
    expect(await listed()).toMatchObject([{ id: before?.id, product: { name: 'Professional' } }]);
    expect(await actions()).toMatchObject({ pro: 'unchanged' });
  });

  test('archives the price of a plan that lost its price or was deleted, and reactivates the same price later', async () => {
    await push();
    const [before] = await listed();
    await setPro({ price: null });
    expect(await billed.admin('DELETE', '/plans/starter')).toMatchObject({ status: 409, body: { code: 'PLAN_IN_USE' } });
    await billed.database.db.deleteFrom('plans').where('id', '=', 'starter').execute();
    expect(await actions()).toEqual({ pro: 'archived', starter: 'archived', enterprise: 'unchanged' });
    expect(await stripe().prices.retrieve(before?.id ?? '')).toMatchObject({ active: false });
    requests.length = 0;
    expect(await actions()).toEqual({ pro: 'skipped', enterprise: 'unchanged' });
    expect(writes()).toEqual([]);
    await setPro({});
    expect(await actions()).toMatchObject({ pro: 'updated' });
    expect(await listed()).toMatchObject([{ id: before?.id, active: true }]);
  });

  test('creates no duplicates after a crash before the row is written, or with a new database', async () => {
    await push();
    const before = await stripe().prices.list();
    await billed.database.db.deleteFrom('stripe_prices').execute();
    expect(await actions()).toEqual({ starter: 'updated', pro: 'updated', enterprise: 'updated' });
    expect((await stripe().prices.list()).data.map(({ id }) => id)).toEqual(before.data.map(({ id }) => id));
    expect((await stripe().products.list()).data).toHaveLength(3);
    expect(await actions()).toEqual({ starter: 'unchanged', pro: 'unchanged', enterprise: 'unchanged' });
  });

  test('recovers from a crash between product and price, and between new price and archiving the old one', async () => {
    await stripe().products.create({ id: 'api_factory_pro', name: 'Pro' });
    expect(await actions()).toMatchObject({ pro: 'created' });
    const [old] = await listed();
    await setPro({ price: { amountCents: 1, currency: 'usd', interval: 'month' } });
    await stripe().prices.create({
      product: 'api_factory_pro',
      unit_amount: 1,
      currency: 'usd',
      recurring: { interval: 'month' },
      lookup_key: 'api_factory_pro',
      transfer_lookup_key: true,
      metadata: { api_factory_plan: 'pro' },
    });
    expect(await actions()).toMatchObject({ pro: 'updated' });
    expect(await stripe().prices.retrieve(old?.id ?? '')).toMatchObject({ active: false });
    expect(await actions()).toMatchObject({ pro: 'unchanged' });
  });

  test('leaves one product and one active price after many concurrent pushes', async () => {
    await Promise.all(Array.from({ length: 4 }, () => push()));
    await push();
    expect((await stripe().products.list()).data).toHaveLength(3);
    expect(await actions()).toEqual({ starter: 'unchanged', pro: 'unchanged', enterprise: 'unchanged' });
    expect((await rows()).filter(({ active }) => active)).toMatchObject([{ id: (await listed())[0]?.id }]);
  });

  test('does not sell a price that was archived in the Stripe Dashboard', async () => {
    await push();
    const [price] = await listed();
    await stripe().prices.update(price?.id ?? '', { active: false });
    await billed.settled();
    expect(await rows()).toMatchObject([{ active: false }]);
    const reply = await billed.browser().post('/api/billing/checkout', { plan: 'pro' });
    expect(reply).toMatchObject({ status: 409, body: { code: 'PLAN_NOT_FOR_SALE' } });
  });
});
