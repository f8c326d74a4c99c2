import { afterEach, describe, expect, test } from 'vitest';
import { insertCheckout } from '../store/checkouts.ts';
import { replayEvent, storeEvents } from '../store/events.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { drain } from '../testing/drain.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { noCounters } from './jobs.ts';
import { syncCustomer } from './sync.ts';

const DAY = 86_400;

let app: BilledApp;
afterEach(() => app.close());

const events = () => app.database.db.selectFrom('stripe_events').selectAll().orderBy('received_at').execute();
const accessOf = async ({ subscriptionId }: Bought) => (await stored(app)).subscriptions.find(({ id }) => id === subscriptionId)?.access;
/** Ids of the customer's events of a type, oldest first. */
const sent = (type: string, customerId: string) =>
  app.sandbox.controls
    .events()
    .filter((event) => event.type === type && event.customer === customerId)
    .map(({ id }) => id);

/** Stores the session as started here. */
const startedHere = (sessionId: string) =>
  insertCheckout(app.database.db, 'sandbox', {
    sessionId,
    planId: 'pro',
    nonceHash: '',
    idempotencyHash: null,
    customerId: null,
    at: new Date(app.context.clock.now()),
  });

function orders<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]));
}

const FOUR = ['checkout.session.completed', 'customer.subscription.created', 'customer.subscription.updated', 'invoice.paid'];

describe('events of one purchase', () => {
  test.each([1, 2, 3])(
    'in all orders, each delivered %d times, singly and in parallel, end in one subscription, one entitlement and active access',
    async (times) => {
      app = await billedApp();
      const price = await aMappedPrice(app);
      await app.settled();
      app.sandbox.controls.delivery({ mode: 'hold' });
      const bought: Bought[] = [];
      for (const parallel of [false, true]) {
        for (const order of orders(FOUR)) {
          const purchase = await buy(app, price);
          bought.push(purchase);
          await app.context.billing!.stripe.subscriptions.update(purchase.subscriptionId, { metadata: { touched: 'yes' } });
          const eventIds = order.flatMap((type) => sent(type, purchase.customerId).slice(-1));
          expect(eventIds).toHaveLength(4);
          const { deliveries } = await app.sandbox.controls.deliver({ eventIds, times, parallel });
          expect(deliveries.map(({ status }) => status)).toEqual(Array(4 * times).fill(200));
        }
      }
      await app.settled();
      const { subscriptions, entitlements, consumers } = await stored(app);
      expect(subscriptions.map(({ access, status }) => [access, status])).toEqual(Array(48).fill(['active', 'active']));
      expect(new Set(entitlements.map(({ subscription_id }) => subscription_id)).size).toBe(48);
      expect([entitlements.length, consumers.length]).toEqual([48, 48]);
      expect(new Set(subscriptions.map(({ entitlement_id }) => entitlement_id)).size).toBe(48);
      const kept = (await events()).filter(({ customer_id }) => customer_id !== null);
      expect(kept).toHaveLength(4 * 48);
      expect(new Set(kept.map(({ state }) => state))).toEqual(new Set(['done']));
      expect(bought).toHaveLength(48);
    },
  );

  test('leave the subscription revoked when a stale update follows the deletion', async () => {
    app = await billedApp();
    const purchase = await buy(app, await aMappedPrice(app));
    await app.settled();
    app.sandbox.controls.delivery({ mode: 'hold' });
    await app.context.billing!.stripe.subscriptions.update(purchase.subscriptionId, { metadata: { touched: 'yes' } });
    app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
    await app.sandbox.controls.deliver({ eventIds: sent('customer.subscription.deleted', purchase.customerId) });
    await app.settled();
    expect(await accessOf(purchase)).toBe('revoked');
    await app.sandbox.controls.deliver({ eventIds: sent('customer.subscription.updated', purchase.customerId).slice(-1) });
    await app.settled();
    expect(await accessOf(purchase)).toBe('revoked');
    expect((await stored(app)).entitlements).toMatchObject([{ access: 'revoked' }]);
  });

  test('are all applied when two have the same second', async () => {
    app = await billedApp();
    const purchase = await buy(app, await aMappedPrice(app));
    await app.settled();
    const larger = await aMappedPrice(app, 'enterprise', 49_900);
    const { controls } = app.sandbox;
    controls.delivery({ mode: 'hold' });
    controls.changePrice({ subscriptionId: purchase.subscriptionId, priceId: larger, anchor: 'unchanged' });
    controls.openDispute({ customerId: purchase.customerId });
    await controls.deliver({});
    await app.settled();
    expect((await stored(app)).entitlements).toMatchObject([{ plan_id: 'enterprise', access: 'suspended' }]);
  });

  test('that concern a dispute or refund find the customer through the charge', async () => {
    app = await billedApp();
    const purchase = await buy(app, await aMappedPrice(app));
    await app.settled();
    const { controls } = app.sandbox;
    const dispute = controls.openDispute({ customerId: purchase.customerId });
    controls.warnOfFraud({ customerId: purchase.customerId });
    await app.settled();
    expect(await accessOf(purchase)).toBe('suspended');
    controls.setDispute({ disputeId: dispute.id, status: 'won' });
    controls.refund({ customerId: purchase.customerId });
    await app.settled();
    expect(await accessOf(purchase)).toBe('active');
    const flags = await app.database.db.selectFrom('billing_flags').select(['kind', 'customer_id']).orderBy('kind').execute();
    expect(flags).toEqual([
      { kind: 'fraud_warning', customer_id: purchase.customerId },
      { kind: 'refund', customer_id: purchase.customerId },
    ]);
    expect(
      (await events()).filter(({ state, customer_id }) => state === 'done' && customer_id !== purchase.customerId).map(({ type }) => type),
    ).toEqual(expect.not.arrayContaining(['charge.dispute.created']));
  });

  test('that concern a test clock sync its customers, so that a grace period ends on time', async () => {
    app = await billedApp();
    const purchase = await buy(app, await aMappedPrice(app));
    await app.settled();
    app.sandbox.controls.failPayments({ customerId: purchase.customerId, times: 99 });
    app.sandbox.controls.advance({ seconds: 32 * DAY });
    await app.settled();
    expect(await accessOf(purchase)).toBe('grace');
    app.sandbox.controls.advance({ seconds: 7 * DAY });
    await app.settled();
    expect(await accessOf(purchase)).toBe('suspended');
  });
});

test('a sync outside the worker leaves checkout events to the worker, and settles the others', async () => {
  app = await billedApp({ jobs: false });
  const purchase = await buy(app, await aMappedPrice(app));
  await startedHere(purchase.sessionId);
  await app.settled();
  await syncCustomer(app.context, purchase.customerId);
  const open = async () =>
    (await events()).filter(({ state, customer_id }) => state === 'pending' && customer_id !== null).map(({ type }) => type);
  expect(await open()).toEqual(['checkout.session.completed']);
  const counters = noCounters();
  await drain({ context: app.context, billing: app.context.billing!, counters, warn: () => {} }, () => false);
  expect(await open()).toEqual([]);
  expect((await stored(app)).customers).toMatchObject([{ wanted_at: null }]);
});

describe('a failure', () => {
  test('is retried automatically, and a success settles the failed events', async () => {
    app = await billedApp();
    const price = await aMappedPrice(app);
    await app.settled();
    app.sandbox.controls.failRequests({ with: 429, times: 2, path: '/v1/customers' });
    const purchase = await buy(app, price);
    await app.settled();
    await expect.poll(() => accessOf(purchase), { timeout: 10_000 }).toBe('active');
    await app.settled();
    expect(app.jobs?.state()).toMatchObject({ pending: 0, dead: 0 });
    expect(app.jobs?.state().counters.failures).toBeGreaterThan(0);
    expect(new Set((await events()).map(({ state }) => state))).not.toContain('pending');
  });

  test('for the tenth time makes the event dead, and a replay processes it', async () => {
    app = await billedApp({ jobs: false });
    const price = await aMappedPrice(app);
    await app.settled();
    app.sandbox.controls.delivery({ mode: 'hold' });
    const purchase = await buy(app, price);
    const [id] = sent('invoice.paid', purchase.customerId);
    await app.sandbox.controls.deliver({ eventIds: [id!] });
    const { db } = app.database;
    const counters = noCounters();
    const round = () => drain({ context: app.context, billing: app.context.billing!, counters, warn: () => {} }, () => false);
    const find = () => db.selectFrom('stripe_events').selectAll().where('id', '=', id!).executeTakeFirst();
    await db.updateTable('stripe_events').set({ attempts: 9 }).where('id', '=', id!).execute();
    app.sandbox.controls.failRequests({ with: 429, times: 1, path: '/v1/customers' });
    await round();
    expect(await find()).toMatchObject({ state: 'dead', attempts: 10, last_error: expect.stringMatching(/Too many requests/) });
    expect(counters).toMatchObject({ failures: 1, events: { dead: 1 } });
    expect(await replayEvent(db, 'sandbox', { id: id!, at: new Date(app.context.clock.now()) })).toBe(true);
    await round();
    expect(await find()).toMatchObject({ state: 'done', last_error: null });
    expect(await accessOf(purchase)).toBe('active');
  });

  test('of a checkout that is missing in Stripe does not block the sync of its customer', async () => {
    app = await billedApp({ jobs: false, deliver: false });
    const purchase = await buy(app, await aMappedPrice(app));
    const { db } = app.database;
    const at = new Date(app.context.clock.now());
    const event = {
      id: 'evt_strange',
      type: 'checkout.session.completed',
      apiVersion: null,
      objectType: 'checkout.session',
      objectId: 'cs_test_unknown',
    };
    await startedHere('cs_test_unknown');
    await db.deleteFrom('stripe_events').execute();
    await storeEvents(db, {
      mode: 'sandbox',
      source: 'webhook',
      at,
      events: [{ ...event, customerId: purchase.customerId, state: 'pending', createdAt: at }],
    });
    const counters = noCounters();
    await drain({ context: app.context, billing: app.context.billing!, counters, warn: () => {} }, () => false);
    expect(await accessOf(purchase)).toBe('active');
    const kept = await db.selectFrom('stripe_events').selectAll().where('id', '=', 'evt_strange').executeTakeFirst();
    expect(kept).toMatchObject({ state: 'pending', attempts: 1 });
    expect((await stored(app)).customers[0]?.wanted_at).toEqual(kept?.next_attempt_at);
  });
});
