import { afterEach, expect, test } from 'vitest';
import { type BilledApp, type BilledOptions, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey, BUYER_EMAIL } from '../testing/purchase.ts';

let billed: BilledApp;
afterEach(() => billed.close());
const start = async (options: BilledOptions = {}) => {
  billed = await billedApp(options);
};
const PORTAL = '/api/billing/portal';
const open = (key: string, body: object = { email: BUYER_EMAIL }, buyer = billed.browser()) =>
  buyer.post(PORTAL, body, { authorization: `Bearer ${key}` });
const opened = () => ({ status: 200, body: { data: { url: expect.stringContaining(`${billed.sandbox.url}/portal/`) } } });
const NOT_PROVEN = { status: 403, body: { code: 'CUSTOMER_NOT_PROVEN' } };

test('a key opens the portal only with its customer’s email address, in any spelling', async () => {
  await start();
  const { key } = await aBoughtKey(billed);
  expect(await open(key)).toMatchObject(opened());
  expect(await open(key, { email: 'Ann@EXAMPLE.com' })).toMatchObject(opened());
  for (const body of [{}, { email: null }, { email: 'bob@example.com' }, { email: 'ann@example.org' }]) {
    expect(await open(key, body)).toMatchObject(NOT_PROVEN);
  }
  expect(await billed.browser().call('POST', PORTAL, undefined, { authorization: `Bearer ${key}` })).toMatchObject(NOT_PROVEN);
  expect(await open(key, { email: 'nonsense' })).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
});

test('a wrong address and a customer without an address get the same response', async () => {
  await start();
  const { key, consumerId } = await aBoughtKey(billed);
  const wrong = await open(key, { email: 'bob@example.com' });
  const [customer] = (await billed.context.billing?.stripe.customers.list())?.data ?? [];
  await billed.context.billing?.stripe.customers.update(customer?.id ?? '', { email: '' });
  await billed.database.db.updateTable('consumers').set({ email: null }).where('id', '=', consumerId).execute();
  const none = await open(key);
  const responseOf = ({ status, body }: typeof wrong) => ({ status, body: { ...body, meta: null } });
  expect(responseOf(none)).toEqual(responseOf(wrong));
});

test('the current address in Stripe and the consumer’s address are both accepted', async () => {
  await start({ deliver: false });
  const { key, consumerId } = await aBoughtKey(billed);
  const [customer] = (await billed.context.billing?.stripe.customers.list())?.data ?? [];
  await billed.context.billing?.stripe.customers.update(customer?.id ?? '', { email: 'moved@example.com' });
  await billed.admin('PATCH', `/consumers/${consumerId}`, { email: 'told@example.com' });
  expect(await open(key, { email: 'moved@example.com' })).toMatchObject(opened());
  expect(await open(key, { email: 'told@example.com' })).toMatchObject(opened());
  expect(await open(key)).toMatchObject(NOT_PROVEN);
});

test('only the browser of the purchase opens the portal without a key', async () => {
  await start();
  const { buyer, sessionId } = await aBoughtKey(billed);
  const other = await aBoughtKey(billed);
  expect(await buyer.post(PORTAL, {})).toMatchObject(opened());
  const stranger = billed.browser();
  const unauthorized = { status: 401, body: { code: 'UNAUTHORIZED' } };
  expect(await stranger.post(PORTAL, {})).toMatchObject(unauthorized);
  // An unpaid checkout, and the nonce of one checkout in the cookie of another.
  await stranger.post('/api/billing/checkout', { plan: 'pro' });
  expect(await stranger.post(PORTAL, {})).toMatchObject(unauthorized);
  const nonceOf = ({ cookies }: typeof buyer) => [...cookies].find(([name]) => name.startsWith('af_checkout_'));
  const forged = { cookie: `${nonceOf(buyer)?.[0]}=${nonceOf(other.buyer)?.[1].value}` };
  expect(await billed.browser().post(PORTAL, {}, forged)).toMatchObject(unauthorized);
  expect(sessionId).not.toBe(other.sessionId);
});

test('a key that billing suspended opens the portal; one that the operator suspended or revoked does not', async () => {
  await start();
  const { key, id, entitlementId } = await aBoughtKey(billed);
  await billed.database.db.updateTable('entitlements').set({ access: 'suspended' }).where('id', '=', entitlementId).execute();
  expect(await open(key)).toMatchObject(opened());
  await billed.admin('POST', `/keys/${id}/suspend`);
  expect(await open(key)).toMatchObject({ status: 403, body: { code: 'KEY_SUSPENDED' } });
  await billed.admin('POST', `/keys/${id}/revoke`);
  expect(await open(key)).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
});

test('a key that the operator issued has no subscription to manage', async () => {
  await start();
  const { key } = (await billed.admin('POST', '/keys', { name: 'given', plan: 'starter' })).body.data;
  expect(await open(key)).toMatchObject({ status: 409, body: { code: 'NO_SUBSCRIPTION' } });
});

test('with PORTAL_BY_KEY=off only the browser of the purchase opens the portal', async () => {
  await start({ portalByKey: false });
  const { key, buyer } = await aBoughtKey(billed);
  expect(await open(key)).toMatchObject(NOT_PROVEN);
  expect(await buyer.post(PORTAL, {})).toMatchObject(opened());
});

test('a key allows 30 checks of an address per hour, which does not lock out the browser of the purchase', async () => {
  await start();
  const { key, buyer } = await aBoughtKey(billed);
  const guesses = await Promise.all(Array.from({ length: 30 }, (_, n) => open(key, { email: `guess${n}@example.com` })));
  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([403]));
  const refused = await open(key);
  expect(refused).toMatchObject({
    status: 429,
    body: { code: 'RATE_LIMITED', detail: expect.stringMatching(/30 .* one key\. Retry in \d+ s/) },
  });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
  expect(await buyer.post(PORTAL, {})).toMatchObject(opened());
});
