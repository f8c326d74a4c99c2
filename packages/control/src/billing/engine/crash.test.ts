import { sql } from 'kysely';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { claimKey } from '../selling/claim.ts';
import { pushPlan } from '../selling/push.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { drain } from '../testing/drain.ts';
import { type KilledProcess, killedAt, pausedAt, survivor } from '../testing/killed-process.ts';
import { aPurchase, checkoutState, claim } from '../testing/purchase.ts';
import { openEvents } from '../testing/settled-state.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { type JobContext, noCounters } from './jobs.ts';
import { catchUp, emptyReport } from './reconcile.ts';
import { sweep } from './sweep.ts';
import { trySync } from './sync.ts';
import { startBilling } from './worker.ts';

/** More statements than any run executes. */
const MOST = 200;

// Each test runs its work about twenty times.
vi.setConfig({ testTimeout: 240_000 });

let app: BilledApp;
afterEach(() => app.close());

const job = (context: Context): JobContext => ({
  context,
  billing: requireBilling(context),
  counters: noCounters(),
  warn: () => {},
});
const drainAll = (context: Context) => drain(job(context), () => false);
const auditOf = async (action: string, objectId: string) =>
  (await app.database.db.selectFrom('audit').select('id').where('action', '=', action).where('object_id', '=', objectId).execute()).length;

/**
 * Kills the work at its first statement, then at its second, until it completes; also before it
 * notifies the gateway.
 */
async function atEveryStatement(
  prepare: () => Promise<{ work: (context: Context) => Promise<unknown>; check: () => Promise<void> }>,
): Promise<number> {
  for (let at = 0; at < MOST; at++) {
    const { work, check } = await prepare();
    const process: KilledProcess = killedAt(app, at);
    await process.run(work);
    await check();
    if (at > 0 && !process.isKilled()) return at;
  }
  throw new Error('the work never completed');
}

describe('a worker that is killed at any statement', () => {
  test('of a first sync loses nothing and creates nothing twice', async () => {
    app = await billedApp({ jobs: false });
    const price = await aMappedPrice(app);
    await drainAll(app.context);
    const points = await atEveryStatement(async () => {
      const purchase = await buy(app, price);
      await app.sandbox.idle();
      return { work: drainAll, check: () => expectOneEntitlement(purchase, 'active') };
    });
    expect(points).toBeGreaterThan(15);
  });

  test('of a sync that moves a key and releases a hold loses nothing', async () => {
    app = await billedApp({ jobs: false });
    const price = await aMappedPrice(app);
    const points = await atEveryStatement(async () => {
      const ended = await buy(app, price);
      const dispute = app.sandbox.controls.openDispute({ customerId: ended.customerId });
      const backing = await buy(app, price, ended.customerId);
      await app.sandbox.idle();
      await drainAll(app.context);
      const entitlement = (await stored(app)).entitlements.find(({ subscription_id }) => subscription_id === ended.subscriptionId)!;
      const { id } = (await app.admin('POST', '/keys', { name: 'bought', entitlementId: entitlement.id })).body.data;
      app.sandbox.controls.setDispute({ disputeId: dispute.id, status: 'won' });
      app.sandbox.controls.cancel({ subscriptionId: ended.subscriptionId });
      await app.sandbox.idle();
      return {
        work: drainAll,
        check: async () => {
          await expectOneEntitlement(ended, 'revoked');
          await expectOneEntitlement(backing, 'active');
          const key = (await app.admin('GET', `/keys/${id}`)).body.data;
          expect(key).toMatchObject({ status: 'enabled', subscriptionId: backing.subscriptionId });
          expect(await auditOf('key.move', id)).toBe(1);
        },
      };
    });
    expect(points).toBeGreaterThan(15);
  });

  test('of a reconciliation leaves the missing events to the next one', async () => {
    for (const at of [1, 3, 5, 9, 80]) {
      app = await billedApp({ jobs: false, deliver: false });
      const price = await aMappedPrice(app);
      // More events than a batch.
      const purchases: Bought[] = [];
      for (let i = 0; i < 25; i++) purchases.push(await buy(app, price));
      const process = killedAt(app, at);
      const work = async (context: Context) => {
        await catchUp(job(context), emptyReport(new Date(0)));
        await sweep(job(context), emptyReport(new Date(0)), () => false);
      };
      await process.run(work);
      expect(process.isKilled()).toBe(true);
      const jobs = startBilling(survivor(app));
      expect(await jobs.reconcile()).toMatchObject({ error: null, drift: 0, total: 25 });
      await jobs.idle();
      await jobs.stop();
      const { subscriptions, entitlements, consumers } = await stored(app);
      expect(subscriptions.map(({ access }) => access)).toEqual(purchases.map(() => 'active'));
      expect([entitlements.length, consumers.length]).toEqual([25, 25]);
      expect(await openEvents(app)).toEqual([]);
      if (at !== 80) await app.close();
    }
  }, 120_000);
});

/** After the next start: one entitlement with the access, created once, and no unsettled event. */
async function expectOneEntitlement({ customerId, subscriptionId }: Bought, access: string): Promise<void> {
  await drainAll(survivor(app));
  const { subscriptions, entitlements, customers } = await stored(app);
  expect(subscriptions.filter(({ id }) => id === subscriptionId)).toMatchObject([{ access }]);
  const own = entitlements.filter(({ subscription_id }) => subscription_id === subscriptionId);
  expect(own).toMatchObject([{ access }]);
  expect(await auditOf('entitlement.create', own[0]!.id)).toBe(1);
  const customer = customers.find(({ id }) => id === customerId)!;
  expect(customer).toMatchObject({ lease_until: null, failures: 0, consumer_id: own[0]!.consumer_id });
  expect(await auditOf('consumer.create', customer.consumer_id!)).toBe(1);
  expect(await openEvents(app)).toEqual([]);
}

describe('a process that is killed', () => {
  test('at any statement of the webhook leaves the event stored once after Stripe resends it', async () => {
    app = await billedApp({ jobs: false });
    const price = await aMappedPrice(app);
    const { db } = app.context;
    for (const at of [1, 2]) {
      app.sandbox.controls.delivery({ mode: 'hold' });
      const { customerId } = await buy(app, price);
      const sent = app.sandbox.controls.events().find((event) => event.customer === customerId && event.type === 'invoice.paid')!;
      const process = killedAt(app, at);
      Object.assign(app.context, { db: process.context.db });
      const lost = app.sandbox.controls.deliver({ eventIds: [sent.id] });
      // A killed process does not respond; otherwise it returns 200.
      const first = await process.run(() => lost.then(({ deliveries }) => deliveries[0]?.status));
      expect(first).toBe(at === 1 ? 'killed' : 200);
      Object.assign(app.context, { db });
      const again = await app.sandbox.controls.deliver({ eventIds: [sent.id] });
      expect(again.deliveries).toMatchObject([{ status: 200 }]);
      const rows = await app.database.db
        .selectFrom('stripe_events')
        .select(['id', 'state'])
        .where('customer_id', '=', customerId)
        .execute();
      expect(rows).toEqual([{ id: sent.id, state: 'pending' }]);
      await drainAll(survivor(app));
      expect((await stored(app)).subscriptions.filter((row) => row.customer_id === customerId)).toMatchObject([{ access: 'active' }]);
    }
  });

  test('at any statement of a claim, or before its response, leaves a repeatable claim and one working key', async () => {
    app = await billedApp();
    await atEveryStatement(async () => {
      const purchase = await aPurchase(app);
      expect(await checkoutState(purchase)).toMatchObject({ state: 'ready' });
      return {
        work: (context) => claimKey(context, purchase.sessionId, 'req_doomed'),
        check: async () => {
          const { status, body } = await claim(purchase);
          expect(status).toBe(201);
          const keys = await app.database.db
            .selectFrom('keys')
            .select(['id', 'operator_status as operatorStatus'])
            .where('entitlement_id', '=', body.data.entitlementId)
            .execute();
          expect(keys.filter(({ operatorStatus }) => operatorStatus === 'enabled')).toEqual([
            { id: body.data.id, operatorStatus: 'enabled' },
          ]);
        },
      };
    });
  });

  test('at any statement of a push, or between product and price, leaves one active price after the next push', async () => {
    app = await billedApp({ jobs: false, deliver: false });
    const { stripe, mode } = app.context.billing!;
    const push = (context: Context, plan: string) =>
      pushPlan({ context, billing: requireBilling(context), actor: { id: 'env', requestId: null } }, plan);
    let plans = 0;
    const aPlan = async () => {
      const id = `plan-${++plans}`;
      const terms = { name: id, quota: { limit: 10, period: 'month' }, rate: { limit: 10, windowSeconds: 60 } };
      const created = await app.admin('POST', '/plans', {
        id,
        ...terms,
        price: { amountCents: 100 + plans, currency: 'usd', interval: 'month' },
      });
      expect(created.status, created.text).toBe(201);
      return id;
    };
    const expectOnePrice = async (plan: string) => {
      await push(app.context, plan);
      const prices = (await stripe.prices.list({ lookup_keys: [`api_factory_${plan}`] })).data;
      expect(prices).toMatchObject([{ active: true }]);
      expect((await stripe.prices.list({ product: `api_factory_${plan}` })).data).toHaveLength(1);
      const rows = await app.database.db.selectFrom('stripe_prices').select(['id', 'active', 'mode']).where('plan_id', '=', plan).execute();
      expect(rows).toEqual([{ id: prices[0]!.id, active: true, mode }]);
    };
    await atEveryStatement(async () => {
      const plan = await aPlan();
      return { work: (context) => push(context, plan), check: () => expectOnePrice(plan) };
    });
    const plan = await aPlan();
    app.sandbox.controls.failRequests({ with: 500, times: 4, path: '/v1/prices' });
    await expect(push(app.context, plan)).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE' });
    app.sandbox.controls.failRequests({ with: 500, times: 0, path: '/v1/prices' });
    await expectOnePrice(plan);
  });
});

test('a worker that pauses at any statement for longer than its lease overwrites no newer state', async () => {
  app = await billedApp({ jobs: false, deliver: false });
  const price = await aMappedPrice(app);
  for (let at = 0; at < MOST; at++) {
    const purchase = await buy(app, price);
    await trySync(app.context, purchase.customerId);
    app.sandbox.controls.setStatus({ subscriptionId: purchase.subscriptionId, status: 'unpaid' });
    const { context, stopped, go } = pausedAt(app, at);
    const first = trySync(context, purchase.customerId);
    const ended = (await Promise.race([first, stopped])) !== 'stopped';
    app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
    const second = trySync(survivor(app), purchase.customerId);
    // It waits for a row lock if the first sync has already written.
    await untilSettledOrLocked(second);
    go();
    await first;
    expect(await second).not.toBeNull();
    const { subscriptions, entitlements } = await stored(app);
    expect(subscriptions.filter(({ id }) => id === purchase.subscriptionId)).toMatchObject([{ status: 'canceled', access: 'revoked' }]);
    const own = entitlements.filter(({ subscription_id }) => subscription_id === purchase.subscriptionId);
    expect(own).toMatchObject([{ access: 'revoked' }]);
    expect(await auditOf('entitlement.create', own[0]!.id)).toBe(1);
    if (ended) return expect(at).toBeGreaterThan(8);
  }
});

/** Waits until the work ends or waits for a row lock. */
async function untilSettledOrLocked(work: Promise<unknown>): Promise<void> {
  let settled = false;
  void work.finally(() => {
    settled = true;
  });
  const waiting = sql<{ pid: number }>`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while (!settled && (await waiting.execute(app.database.db)).rows.length === 0);
}

test('two workers on one database create one entitlement per purchase, and settle every event', async () => {
  app = await billedApp({ jobs: false });
  const price = await aMappedPrice(app);
  const jobs = [startBilling(app.context), startBilling({ ...app.context })];
  const purchases: Bought[] = [];
  for (let i = 0; i < 12; i++) {
    purchases.push(await buy(app, price));
    if (i % 3 === 0) app.sandbox.controls.cancel({ subscriptionId: purchases[i]!.subscriptionId });
    for (const one of jobs) one.poke();
  }
  await app.sandbox.idle();
  // A worker skips customers that the other one leases.
  for (const one of [...jobs, ...jobs]) await one.idle();
  for (const one of jobs) await one.stop();
  const { subscriptions, entitlements } = await stored(app);
  for (const { subscriptionId } of purchases) {
    const { status } = await app.context.billing!.stripe.subscriptions.retrieve(subscriptionId);
    const access = status === 'canceled' ? 'revoked' : 'active';
    expect(subscriptions.filter(({ id }) => id === subscriptionId)).toMatchObject([{ access, status }]);
    const own = entitlements.filter(({ subscription_id }) => subscription_id === subscriptionId);
    expect(own.length).toBe(access === 'active' ? 1 : Math.min(own.length, 1));
    for (const { id } of own) expect(await auditOf('entitlement.create', id)).toBe(1);
  }
  expect(await openEvents(app)).toEqual([]);
});
