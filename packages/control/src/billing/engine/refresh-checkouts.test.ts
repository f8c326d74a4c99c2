import { afterEach, beforeEach, expect, test } from 'vitest';
import { insertCheckout } from '../store/checkouts.ts';
import { storeEvents } from '../store/events.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { drain } from '../testing/drain.ts';
import { type RefusingProxy, refusingProxy } from '../testing/refusing-proxy.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { attemptSync } from './drain.ts';
import { noCounters } from './jobs.ts';

const SESSIONS = 60;
/** Events of each session. */
const TIMES = 5;

let app: BilledApp;
let proxy: RefusingProxy;
let purchase: Bought;
let price: string;
beforeEach(async () => {
  app = await billedApp({ jobs: false, deliver: false });
  price = await aMappedPrice(app);
  purchase = await buy(app, price);
  proxy = await refusingProxy(app);
});
afterEach(async () => {
  await app.close();
  await proxy.close();
});

const job = () => {
  const counters = noCounters();
  return { context: app.context, billing: app.context.billing!, counters, warn: () => {} };
};
const work = () => drain(job(), () => false);
const sessionRequests = () => proxy.asked.filter((path) => /^\/v1\/checkout\/sessions\/./.test(path)).length;
const pending = async () =>
  (await app.database.db.selectFrom('stripe_events').select('id').where('state', 'in', ['pending', 'dead']).execute()).length;
const access = async () => (await stored(app)).subscriptions.map((row) => row.access);

/** Sessions of the customer that expired, and five events of each. */
async function expiredSessions(startedHere: boolean): Promise<void> {
  const { stripe, mode } = app.context.billing!;
  const { db } = app.database;
  const at = new Date(app.context.clock.now());
  const { customerId } = purchase;
  for (let i = 0; i < SESSIONS; i++) {
    const { id } = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price, quantity: 1 }],
      success_url: 'http://localhost/done',
      customer: customerId,
    });
    await stripe.checkout.sessions.expire(id);
    const row = { sessionId: id, planId: 'pro', nonceHash: '', idempotencyHash: null, customerId, at };
    if (startedHere) await insertCheckout(db, mode, row);
    const events = Array.from({ length: TIMES }, (_, time) => ({
      id: `evt_${i}_${time}`,
      type: 'checkout.session.expired',
      apiVersion: null,
      objectType: 'checkout.session',
      objectId: id,
      customerId,
      state: 'pending' as const,
      createdAt: at,
    }));
    await storeEvents(db, { mode, source: 'webhook', at, events });
  }
  proxy.asked.length = 0;
}

test('300 checkout events are settled in batches with one request per session, and the customer is synced', async () => {
  await expiredSessions(true);
  app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
  await attemptSync(job(), purchase.customerId);
  expect(await access()).toEqual(['revoked']);
  expect([sessionRequests(), await pending()]).toEqual([20, (SESSIONS - 20) * TIMES]);
  await work();
  expect([sessionRequests(), await pending()]).toEqual([SESSIONS, 0]);
  const rows = await app.database.db.selectFrom('checkouts').select('state').execute();
  expect(rows.map(({ state }) => state)).toEqual(Array(SESSIONS).fill('expired'));
});

test('events of checkouts that were not started here are settled without a request', async () => {
  await expiredSessions(false);
  await work();
  expect(await pending()).toBe(0);
  expect(sessionRequests()).toBe(0);
});

test('while Stripe does not return checkouts, the customer is still synced and the checkouts are refreshed later', {
  timeout: 60_000,
}, async () => {
  await expiredSessions(true);
  app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
  app.sandbox.controls.failRequests({ with: 'timeout', times: 99, path: '/v1/checkout/sessions' });
  await work();
  expect(await access()).toEqual(['revoked']);
  expect(await pending()).toBe(SESSIONS * TIMES);
  expect(sessionRequests()).toBe(1);
  const [customer] = (await stored(app)).customers;
  expect(customer).toMatchObject({ failures: 0, last_error: null, lease_until: null });
  expect(customer!.wanted_at!.getTime()).toBeGreaterThan(app.context.clock.now() - 10_000);
  app.sandbox.controls.failRequests({ with: 'timeout', times: 0, path: '/v1/checkout/sessions' });
  const due = new Date(app.context.clock.now());
  await app.database.db.updateTable('stripe_customers').set({ wanted_at: due }).execute();
  await app.database.db.updateTable('stripe_events').set({ next_attempt_at: due }).execute();
  await work();
  expect(await pending()).toBe(0);
});
