import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiVersion } from '../api-version.ts';
import { clientOf, openShop, type Shop } from '../engine/testing/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.sandbox.close());

const raw = (path: string, init: RequestInit = {}) =>
  fetch(`${shop.sandbox.url}${path}`, { ...init, headers: { authorization: `Bearer ${shop.sandbox.secretKey}`, ...init.headers } });

describe('the account', () => {
  test('the API version is that of the installed package and is returned in a header', async () => {
    expect(apiVersion).toBe(Stripe.API_VERSION);
    const { lastResponse } = await shop.stripe.customers.list();
    expect(lastResponse.headers['stripe-version']).toBe(apiVersion);
    expect(lastResponse.requestId).toMatch(/^req_/);
  });

  test('a wrong or missing key returns 401', async () => {
    const wrongKey = clientOf({ ...shop.sandbox, secretKey: 'sk_test_wrong' });
    await expect(wrongKey.customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    expect((await fetch(`${shop.sandbox.url}/v1/customers`)).status).toBe(401);
  });

  test('an unknown route or object returns 404 in Stripe’s error format', async () => {
    const answer = await raw('/v1/coupons');
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { type: 'invalid_request_error' } }]);
    await expect(shop.stripe.customers.retrieve('cus_nobody')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'id',
    });
    for (const id of ['constructor', '__proto__']) expect((await raw(`/v1/customers/${id}`)).status).toBe(404);
    shop.sandbox.violations();
  });

  test('an unknown, missing or invalid parameter returns 400 with its name', async () => {
    const body = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = async (path: string, text: string) => (await raw(path, { method: 'POST', headers: body, body: text })).json();
    expect(await post('/v1/customers', 'nonsense=1')).toMatchObject({ error: { code: 'parameter_unknown', param: 'nonsense' } });
    expect(await post('/v1/subscriptions', 'items[0][colour]=red')).toMatchObject({ error: { param: 'items[0][colour]' } });
    expect(await post('/v1/products', 'description=x')).toMatchObject({ error: { code: 'parameter_missing', param: 'name' } });
    expect(await post('/v1/checkout/sessions', 'mode=subscription&success_url=x&line_items[0][price]=price_no')).toMatchObject({
      error: { code: 'resource_missing', param: 'line_items[0][price]' },
    });
    await expect(shop.stripe.customers.list({ limit: 101 })).rejects.toMatchObject({ statusCode: 400, param: 'limit' });
    shop.sandbox.violations();
  });

  test('expand works in objects and lists, including fields that exist only when expanded, and rejects other fields', async () => {
    const { session, subscription } = await shop.buy();
    const whole = await shop.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['line_items', 'customer', 'subscription.latest_invoice.payments'],
    });
    expect(whole.line_items?.data[0]?.price?.id).toBe(shop.monthly.id);
    expect(whole).toMatchObject({ customer: { object: 'customer' }, subscription: { latest_invoice: { payments: { object: 'list' } } } });
    const list = await shop.stripe.subscriptions.list({ expand: ['data.customer', 'data.items.data.price.product'] });
    expect(list.data[0]).toMatchObject({
      id: subscription?.id,
      customer: { object: 'customer' },
      items: { data: [{ price: { product: { name: 'Pro' } } }] },
    });
    await expect(shop.stripe.customers.list({ expand: ['data.email.nothing'] })).rejects.toMatchObject({ statusCode: 400 });
    await expect(shop.stripe.customers.list({ expand: ['data.nothing'] })).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('pages of a list', () => {
  test('a page has ten objects by default, newest first, with has_more, and can be paged both ways', async () => {
    for (let index = 0; index < 25; index += 1) await shop.stripe.customers.create({ name: `c${index}` });
    const first = await shop.stripe.customers.list();
    expect([first.data.length, first.data[0]?.name, first.has_more]).toEqual([10, 'c24', true]);
    const last = await shop.stripe.customers
      .list({ limit: 10, starting_after: 'x' })
      .catch((error: Stripe.errors.StripeError) => error.code);
    expect(last).toBe('resource_missing');
    const all = await shop.stripe.customers.list({ limit: 7 }).autoPagingToArray({ limit: 100 });
    expect(all.map(({ name }) => name)).toEqual(Array.from({ length: 25 }, (_, index) => `c${24 - index}`));
    const back = await shop.stripe.customers.list({ limit: 3, ending_before: String(all[10]?.id) });
    expect(back.data.map(({ name }) => name)).toEqual(['c17', 'c16', 'c15']);
  });

  test('more than a hundred subscriptions of all states are listed by paging', async () => {
    const customer = await shop.stripe.customers.create({ payment_method: 'pm_card_visa' });
    for (let index = 0; index < 105; index += 1) {
      const { id } = await shop.stripe.subscriptions.create({ customer: customer.id, items: [{ price: shop.monthly.id }] });
      if (index % 10 === 0) await shop.stripe.subscriptions.cancel(id);
    }
    const list = (status?: 'all') => shop.stripe.subscriptions.list({ customer: customer.id, limit: 100, ...(status ? { status } : {}) });
    expect(await list('all').autoPagingToArray({ limit: 1000 })).toHaveLength(105);
    expect(await list().autoPagingToArray({ limit: 1000 })).toHaveLength(94);
  });

  test('lists can be filtered by time and by field', async () => {
    const { customer } = await shop.buy();
    shop.clock.seconds += 60;
    await shop.buy();
    expect((await shop.stripe.events.list({ created: { gte: shop.clock.seconds }, types: ['invoice.paid'] })).data).toHaveLength(1);
    expect((await shop.stripe.events.list({ type: 'invoice.paid' })).data).toHaveLength(2);
    expect((await shop.stripe.invoices.list({ customer, status: 'paid' })).data).toHaveLength(1);
    expect((await shop.stripe.invoices.list({ created: { lt: shop.clock.seconds } })).data).toHaveLength(1);
  });
});

describe('idempotency', () => {
  test('a repeated key replays the response, and is rejected with other parameters', async () => {
    const first = await shop.stripe.customers.create({ name: 'a' }, { idempotencyKey: 'k1' });
    const second = await shop.stripe.customers.create({ name: 'a' }, { idempotencyKey: 'k1' });
    expect(second).toEqual(first);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect((await shop.stripe.customers.list()).data).toHaveLength(1);
    const other = shop.stripe.customers.create({ name: 'b' }, { idempotencyKey: 'k1' });
    await expect(other).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    const [created] = (await shop.stripe.events.list({ type: 'customer.created' })).data;
    expect(created?.request?.idempotency_key).toBe('k1');
  });

  test('a rejected request can be sent again with the same key', async () => {
    const create = () =>
      shop.stripe.subscriptions.create({ customer: 'cus_no', items: [{ price: shop.monthly.id }] }, { idempotencyKey: 'k2' });
    await expect(create()).rejects.toMatchObject({ statusCode: 400 });
    await expect(create()).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('catalogue', () => {
  test('a lookup key belongs to one price and moves only with transfer_lookup_key', async () => {
    const terms = { product: String(shop.monthly.product), currency: 'usd', recurring: { interval: 'month' as const }, lookup_key: 'pro' };
    const old = await shop.stripe.prices.create({ ...terms, unit_amount: 1 });
    await expect(shop.stripe.prices.create({ ...terms, unit_amount: 2 })).rejects.toMatchObject({ statusCode: 400, param: 'lookup_key' });
    const next = await shop.stripe.prices.create({ ...terms, unit_amount: 2, transfer_lookup_key: true });
    await shop.stripe.prices.update(old.id, { active: false });
    expect((await shop.stripe.prices.list({ lookup_keys: ['pro'] })).data.map(({ id }) => id)).toEqual([next.id]);
    expect(await shop.stripe.prices.retrieve(old.id)).toMatchObject({ lookup_key: null, active: false });
  });

  test('a product can have a custom id, which must be unique', async () => {
    await shop.stripe.products.create({ id: 'api_factory_pro', name: 'Pro', metadata: { plan: 'pro', gone: '1' } });
    await expect(shop.stripe.products.create({ id: 'api_factory_pro', name: 'Pro' })).rejects.toMatchObject({
      code: 'resource_already_exists',
    });
    const changed = await shop.stripe.products.update('api_factory_pro', { name: 'Pro 2', metadata: { gone: '' } });
    expect([changed.name, changed.metadata]).toEqual(['Pro 2', { plan: 'pro' }]);
  });

  test('an archived price can’t be bought', async () => {
    await shop.stripe.prices.update(shop.monthly.id, { active: false });
    await expect(shop.buy()).rejects.toMatchObject({ statusCode: 400, param: 'line_items[0][price]' });
  });
});

describe('injected faults', () => {
  test('a 500 or 429 applies to the given number of requests below a path', async () => {
    shop.sandbox.controls.failRequests({ with: 500, times: 1, path: '/v1/customers' });
    shop.sandbox.controls.failRequests({ with: 429, times: 1, path: '/v1/customers' });
    await shop.stripe.prices.list();
    await expect(shop.stripe.customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeAPIError);
    await expect(shop.stripe.customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    await shop.stripe.customers.list();
  });

  test('a timeout sends no response, and the sandbox still closes', async () => {
    shop.sandbox.controls.failRequests({ with: 'timeout', times: 1 });
    await expect(shop.stripe.customers.list({}, { timeout: 50 })).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await shop.stripe.customers.list();
  });
});
