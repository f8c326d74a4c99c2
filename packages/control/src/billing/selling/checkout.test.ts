import { afterEach, describe, expect, test } from 'vitest';
import { type BilledApp, type BilledOptions, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey, aCheckout, aPurchase, BUYER_EMAIL, checkoutState, claim } from '../testing/purchase.ts';

let billed: BilledApp;
afterEach(() => billed.close());
const start = async (options: BilledOptions = {}) => {
  billed = await billedApp(options);
};
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('the price list', () => {
  test('shows plans with a price, and whether they are for sale', async () => {
    await start({ mode: 'test' });
    const offers = async () => (await billed.browser().get('/api/billing/plans')).body.data;
    const price = { amountCents: 4_900, currency: 'usd', interval: 'month' };
    expect((await offers()).find(({ id }: { id: string }) => id === 'pro')).toMatchObject({
      name: 'Pro',
      price,
      apis: null,
      forSale: false,
    });
    await billed.admin('POST', '/billing/push', {});
    expect((await offers()).map(({ forSale }: { forSale: boolean }) => forSale)).toEqual([true, true, true]);
    await billed.admin('PUT', '/plans/pro', { ...PRO, price: { ...price, amountCents: 5_000 } });
    expect((await offers()).filter(({ forSale }: { forSale: boolean }) => !forSale)).toMatchObject([{ id: 'pro' }]);
    await billed.admin('PUT', '/plans/pro', { ...PRO, price: null });
    expect((await offers()).map(({ id }: { id: string }) => id)).toEqual(['starter', 'enterprise']);
  });
});

const PRO = { name: 'Pro', quota: { limit: 10_000, period: 'month' }, rate: { limit: 600, windowSeconds: 60 } };

describe('POST /api/billing/checkout', () => {
  test('sells only pushed plans; the sandbox pushes automatically', async () => {
    await start({ mode: 'test' });
    const buy = (plan: string) => billed.browser().post('/api/billing/checkout', { plan });
    expect(await buy('pro')).toMatchObject({ status: 409, body: { code: 'PLAN_NOT_FOR_SALE' } });
    expect(await buy('nothing')).toMatchObject({ status: 409, body: { code: 'PLAN_NOT_FOR_SALE' } });
    await billed.admin('POST', '/billing/push', {});
    expect(await buy('pro')).toMatchObject({ status: 201 });
    await billed.admin('PUT', '/plans/pro', { ...PRO, price: { amountCents: 1, currency: 'usd', interval: 'month' } });
    expect(await buy('pro')).toMatchObject({ status: 409, body: { code: 'PLAN_NOT_FOR_SALE' } });
  });

  test('sets an HttpOnly, SameSite=Strict cookie for the checkout, Secure with https', async () => {
    await start({ publicUrl: 'https://api.example.com' });
    const reply = await billed.browser().post('/api/billing/checkout', { plan: 'pro' });
    const cookie = String(reply.headers['set-cookie']);
    expect(cookie).toMatch(
      /^af_checkout_[0-9a-f]{12}=[0-9A-Za-z]{32}; Max-Age=604800; Path=\/api\/billing; HttpOnly; Secure; SameSite=Strict$/,
    );
    const nonce = /=([0-9A-Za-z]{32});/.exec(cookie)?.[1] ?? 'none';
    const rows = await billed.database.db.selectFrom('checkouts').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(nonce);
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('accepts only JSON, so that forms of other sites cannot start a checkout', async () => {
    await start();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const { status } = await billed.browser().call('POST', '/api/billing/checkout', { plan: 'pro' }, { 'content-type': type });
      expect([400, 415]).toContain(status);
    }
  });

  test('repeated with the same Idempotency-Key returns the same checkout to the same browser, a new one elsewhere, and 422 for another body', async () => {
    await start();
    const headers = { 'idempotency-key': 'mine' };
    const buyer = billed.browser();
    const first = await buyer.post('/api/billing/checkout', { plan: 'pro' }, headers);
    const again = await buyer.post('/api/billing/checkout', { plan: 'pro' }, headers);
    expect(again).toMatchObject({ status: 201, headers: { 'idempotent-replayed': 'true' }, body: { data: first.body.data } });
    expect(again.headers['set-cookie']).toBeUndefined();
    const other = await buyer.post('/api/billing/checkout', { plan: 'starter' }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_MISMATCH' } });
    // Another browser with its own checkout cookie that guesses the Idempotency-Key.
    const elsewhere = (await aCheckout(billed)).buyer;
    const stranger = await elsewhere.post('/api/billing/checkout', { plan: 'pro' }, headers);
    expect(stranger.status).toBe(201);
    expect(stranger.body.data.sessionId).not.toBe(first.body.data.sessionId);
    expect(stranger.headers['idempotent-replayed']).toBeUndefined();
  });

  test('repeated after payment leads to the key, not to a second payment', async () => {
    await start();
    const headers = { 'idempotency-key': 'mine' };
    const { buyer, sessionId } = await aPurchase(billed, { headers });
    const again = await buyer.post('/api/billing/checkout', { plan: 'pro' }, headers);
    expect(again.body.data).toEqual({ url: `${billed.url}/checkout/done?session_id=${sessionId}`, sessionId });
  });

  test('works after the sandbox was reset', async () => {
    await start();
    await aCheckout(billed);
    await billed.sandbox.controls.reset();
    await aCheckout(billed);
  });

  test('with a key and its customer’s email address, or in the browser of the purchase, buys for the key’s consumer', async () => {
    await start();
    const first = await aBoughtKey(billed);
    const second = await aBoughtKey(billed, { plan: 'enterprise', headers: bearer(first.key), email: ' ANN@Example.com'.trim() });
    const third = await aBoughtKey(billed, { plan: 'starter', headers: bearer(first.key), buyer: first.buyer });
    expect([second.consumerId, third.consumerId]).toEqual([first.consumerId, first.consumerId]);
    expect(await billed.database.db.selectFrom('stripe_customers').select('id').execute()).toHaveLength(1);
  });

  test('with only a key is refused, since the payment page would show the customer', async () => {
    await start();
    const { key, id } = await aBoughtKey(billed);
    const post = (body: object, credential = key) => billed.browser().post('/api/billing/checkout', body, bearer(credential));
    for (const email of [undefined, null, 'bob@example.com']) {
      const refused = await post({ plan: 'pro', ...(email === undefined ? {} : { email }) });
      expect(refused).toMatchObject({ status: 403, body: { code: 'CUSTOMER_NOT_PROVEN' } });
    }
    expect(await post({ plan: 'pro' }, 'af_test_wrong')).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
    await billed.admin('POST', `/keys/${id}/suspend`);
    expect(await post({ plan: 'pro', email: BUYER_EMAIL })).toMatchObject({ status: 403, body: { code: 'KEY_SUSPENDED' } });
  });

  test('with a key that the operator issued creates one Stripe customer for its consumer', async () => {
    await start();
    const { id } = (await billed.admin('POST', '/consumers', { name: 'Ann', email: 'ann@example.com' })).body.data;
    const { key } = (await billed.admin('POST', '/keys', { name: 'given', plan: 'starter', consumerId: id })).body.data;
    await aCheckout(billed, { headers: bearer(key), email: BUYER_EMAIL });
    const bought = await aBoughtKey(billed, { headers: bearer(key), email: BUYER_EMAIL });
    expect(bought.consumerId).toBe(id);
    const { data } = (await billed.context.billing?.stripe.customers.list()) ?? { data: [] };
    expect(data).toMatchObject([{ name: 'Ann', email: 'ann@example.com', metadata: { api_factory_consumer: id } }]);
  });

  test('returns 503 while Stripe is unavailable; reading a checkout then returns the stored state', async () => {
    await start({ deliver: false });
    const purchase = await aCheckout(billed);
    await billed.sandbox.controls.failRequests({ with: 500, times: 100 });
    const refused = await billed.browser().post('/api/billing/checkout', { plan: 'pro' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'STRIPE_UNAVAILABLE' } });
    expect(await checkoutState(purchase)).toMatchObject({ state: 'open' });
    await billed.sandbox.controls.failRequests({ with: 500, times: 0 });
  });

  test('returns 429 for too many requests of one address', async () => {
    await start({ publicCallsPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await billed.browser().get('/api/billing/plans')).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe('the return page', () => {
  test('finds the payment without a webhook', async () => {
    await start({ deliver: false, jobs: false });
    const purchase = await aPurchase(billed);
    expect(await checkoutState(purchase)).toEqual({ state: 'ready', plan: 'pro', claimable: true });
    expect((await claim(purchase)).status).toBe(201);
  });

  test('calls Stripe at most once in 2 s per session', async () => {
    await start({ deliver: false, jobs: false });
    const purchase = await aCheckout(billed);
    const requests: string[] = [];
    const { stripe } = billed.context.billing ?? {};
    stripe?.on('request', ({ path }: { path: string }) => requests.push(path));
    for (let i = 0; i < 5; i++) await checkoutState(purchase);
    expect(requests.filter((path) => path.includes(purchase.sessionId)).length).toBeLessThanOrEqual(1);
  });

  test('shows an abandoned checkout as expired, and 404 for an unknown one', async () => {
    await start();
    const purchase = await aCheckout(billed);
    await billed.sandbox.controls.pay({ sessionId: purchase.sessionId, outcome: 'abandons' });
    await billed.settled();
    expect(await checkoutState(purchase)).toMatchObject({ state: 'expired', claimable: false });
    expect(await billed.browser().get('/api/billing/checkout?session_id=cs_test_nowhere')).toMatchObject({ status: 404 });
    expect(await billed.browser().get('/api/billing/checkout')).toMatchObject({ status: 400 });
  });
});

test('with billing off every route returns BILLING_OFF, and the operator API shows it', async () => {
  await start({ off: true });
  const refused = { status: 404, body: { code: 'BILLING_OFF' } };
  for (const path of ['/api/billing/plans', '/api/billing/checkout?session_id=cs_1', '/checkout', '/checkout/done']) {
    expect(await billed.browser().get(path)).toMatchObject(refused);
  }
  for (const path of ['/api/billing/checkout', '/api/billing/claim', '/api/billing/portal', '/api/stripe/webhook']) {
    expect(await billed.browser().post(path, { plan: 'pro', sessionId: 'cs_1' })).toMatchObject(refused);
  }
  expect(await billed.admin('POST', '/billing/push', {})).toMatchObject(refused);
  expect((await billed.admin('GET', '/billing')).body.data).toMatchObject({ mode: 'off', keyMode: 'live', webhook: null });
});

test('responses, rows and log contain no secret', async () => {
  await start();
  const { key } = await aBoughtKey(billed);
  const { secretKey, webhookSecret, token } = billed.sandbox;
  const shown = JSON.stringify((await billed.admin('GET', '/billing')).body) + billed.logged();
  for (const secret of [key, secretKey, webhookSecret, token]) expect(shown).not.toContain(secret);
});
