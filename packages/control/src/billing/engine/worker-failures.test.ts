import { afterEach, describe, expect, test } from 'vitest';
import { acquireCustomer } from '../store/customers.ts';
import { type NewEvent, storeEvents } from '../store/events.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { drain } from '../testing/drain.ts';
import { refusingProxy } from '../testing/refusing-proxy.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { noCounters } from './jobs.ts';
import { startBilling } from './worker.ts';

let app: BilledApp;
afterEach(() => app.close());

const accessOf = async ({ subscriptionId }: Bought) => (await stored(app)).subscriptions.find(({ id }) => id === subscriptionId)?.access;
const events = () => app.database.db.selectFrom('stripe_events').selectAll().orderBy('id').execute();

function arrive(event: Pick<NewEvent, 'id' | 'type' | 'objectType' | 'objectId' | 'customerId'>): Promise<number> {
  const at = new Date(app.context.clock.now());
  return storeEvents(app.database.db, {
    mode: 'sandbox',
    source: 'webhook',
    at,
    events: [{ ...event, apiVersion: null, state: 'pending', createdAt: at }],
  });
}
const aDispute = (id: string, objectId = 'dp_1') =>
  arrive({ id, type: 'charge.dispute.created', objectType: 'dispute', objectId, customerId: null });
const aChange = ({ customerId, subscriptionId }: Bought) =>
  arrive({ id: 'evt_change', type: 'customer.subscription.created', objectType: 'subscription', objectId: subscriptionId, customerId });

describe('a Stripe endpoint that does not respond', () => {
  test('does not delay other customers', { timeout: 60_000 }, async () => {
    app = await billedApp({ deliver: false });
    const price = await aMappedPrice(app);
    await app.settled();
    const purchase = await buy(app, price);
    app.sandbox.controls.failRequests({ with: 'timeout', times: 99, path: '/v1/disputes' });
    for (let i = 0; i < 9; i++) await aDispute(`evt_${i}`);
    app.jobs!.poke();
    await aChange(purchase);
    app.jobs!.poke();
    await expect.poll(() => accessOf(purchase), { timeout: 5_000 }).toBe('active');
    // Each attempt times out and is counted.
    const failed = async () => (await events()).filter(({ attempts, last_error }) => attempts > 0 && /within 10 s/.test(last_error ?? ''));
    await expect.poll(async () => (await failed()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
  });

  test('delays the shutdown for at most ten seconds', { timeout: 60_000 }, async () => {
    app = await billedApp({ jobs: false, deliver: false });
    const proxy = await refusingProxy(app);
    app.sandbox.controls.failRequests({ with: 'timeout', times: 99, path: '/v1/events' });
    const jobs = startBilling(app.context);
    await expect.poll(() => proxy.asked.length).toBeGreaterThan(0);
    const from = performance.now();
    await jobs.stop();
    expect(performance.now() - from).toBeLessThan(11_000);
    await proxy.close();
  });
});

test('a dead event without a customer is retried within the hour, and a success settles it', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const purchase = await buy(app, await aMappedPrice(app));
  const { db } = app.database;
  const dispute = app.sandbox.controls.openDispute({ customerId: purchase.customerId });
  await aDispute('evt_given_up', dispute.id);
  await db.updateTable('stripe_events').set({ attempts: 9 }).execute();
  const counters = noCounters();
  const round = (aheadMs = 0) => {
    const context = { ...app.context, clock: { now: () => app.context.clock.now() + aheadMs } };
    return drain({ context, billing: app.context.billing!, counters, warn: () => {} }, () => false);
  };
  const fail = () => app.sandbox.controls.failRequests({ with: 429, times: 1, path: '/v1/disputes' });
  fail();
  await round();
  expect(await events()).toMatchObject([{ state: 'dead', attempts: 10 }]);
  fail();
  await round(3_600_000);
  expect(await events()).toMatchObject([{ state: 'dead', attempts: 11 }]);
  expect(counters.events.dead).toBe(1);
  await round(2 * 3_600_000);
  expect(await events()).toMatchObject([{ state: 'done', customer_id: purchase.customerId }]);
  expect(await accessOf(purchase)).toBe('suspended');
});

test('a customer leased by a crashed process is synced when the next process starts, before the lease expires', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const purchase = await buy(app, await aMappedPrice(app));
  await aChange(purchase);
  const now = new Date(app.context.clock.now());
  const until = new Date(now.getTime() + 60_000);
  const held = await acquireCustomer(app.database.db, { mode: 'sandbox', customerId: purchase.customerId, now, until });
  const jobs = startBilling(app.context);
  await jobs.idle();
  await jobs.stop();
  expect(await accessOf(purchase)).toBe('active');
  const [customer] = (await stored(app)).customers;
  expect(customer).toMatchObject({ lease_until: null, wanted_at: null });
  expect(Number(customer!.fence)).toBeGreaterThan(Number(held!.fence) + 1);
});
