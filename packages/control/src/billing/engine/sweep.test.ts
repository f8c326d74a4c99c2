import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { type RefusingProxy, refusingProxy } from '../testing/refusing-proxy.ts';
import { aMappedPrice, buy, stored } from '../testing/subscriber.ts';
import { noCounters } from './jobs.ts';
import { emptyReport } from './reconcile.ts';
import { sweep } from './sweep.ts';

let app: BilledApp;
let proxy: RefusingProxy;
beforeEach(async () => {
  app = await billedApp({ jobs: false, deliver: false });
  proxy = await refusingProxy(app);
});
afterEach(async () => {
  await app.close();
  await proxy.close();
});

const run = async () => {
  const report = emptyReport(new Date(0));
  const counters = noCounters();
  await sweep({ context: app.context, billing: app.context.billing!, counters, warn: () => {} }, report, () => false);
  return report;
};
const accesses = async () => (await stored(app)).subscriptions.map(({ access }) => access).sort();

test('a dispute whose charge can’t be read is skipped and reported, and the sweep completes', async () => {
  const price = await aMappedPrice(app);
  const [one, two] = [await buy(app, price), await buy(app, price)];
  const dispute = app.sandbox.controls.openDispute({ customerId: one.customerId });
  const { charge } = await app.context.billing!.stripe.disputes.retrieve(dispute.id);
  app.sandbox.controls.openDispute({ customerId: two.customerId });
  proxy.refuse(`/v1/charges/${charge}`);
  expect(await run()).toMatchObject({ total: 2, customers: 2, error: expect.stringMatching(/^Stripe refused 1 request;/) });
  expect(await accesses()).toEqual(['active', 'suspended']);
  const { last_swept_at } = await app.database.db.selectFrom('billing_state').select('last_swept_at').executeTakeFirstOrThrow();
  expect(last_swept_at).not.toBeNull();
  proxy.refuse();
  expect(await run()).toMatchObject({ error: null });
  expect(await accesses()).toEqual(['suspended', 'suspended']);
});

test('a list without permission does not prevent the sync of known customers', async () => {
  const purchase = await buy(app, await aMappedPrice(app));
  expect(await run()).toMatchObject({ error: null });
  app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
  proxy.refuse('/v1/disputes', '/v1/test_helpers/test_clocks?');
  expect(await run()).toMatchObject({ customers: 1, drift: 1, error: expect.stringMatching(/^Stripe refused 2 requests;/) });
  expect(await accesses()).toEqual(['revoked']);
});

test('a customer that only had an event is not synced', async () => {
  const { stripe } = app.context.billing!;
  const { id } = await stripe.customers.create({ name: 'of another business' });
  await app.database.db
    .insertInto('stripe_customers')
    .values({ mode: 'sandbox', id, created_at: new Date(app.context.clock.now()) })
    .execute();
  await buy(app, await aMappedPrice(app));
  expect(await run()).toMatchObject({ total: 1, customers: 1, error: null });
  expect(proxy.asked.some((path) => path.startsWith(`/v1/customers/${id}`))).toBe(false);
});
