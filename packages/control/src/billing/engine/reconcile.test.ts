import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { storeEvents } from '../store/events.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';

const DAY = 86_400;
const DAY_MS = DAY * 1_000;

let app: BilledApp;
afterEach(() => app.close());

const drifts = () => app.database.db.selectFrom('billing_drift').selectAll().orderBy('id').execute();
/** As if Stripe had no new events. */
const knowAllEvents = () =>
  storeEvents(app.database.db, {
    mode: 'sandbox',
    source: 'webhook',
    at: new Date(app.context.clock.now()),
    events: app.sandbox.controls.events().map(({ id, type, created }) => ({
      id,
      type,
      apiVersion: null,
      objectType: '',
      objectId: '',
      customerId: null,
      state: 'ignored',
      createdAt: new Date(created * 1_000),
    })),
  });
const state = () => app.database.db.selectFrom('billing_state').selectAll().executeTakeFirstOrThrow();
const accessOf = async ({ subscriptionId }: Bought) => (await stored(app)).subscriptions.find(({ id }) => id === subscriptionId)?.access;
/** The result of a purchase without ids and times. */
const outcome = async (purchases: Bought[]) => {
  const { subscriptions, entitlements } = await stored(app);
  return purchases.map(({ subscriptionId }) => {
    const row = subscriptions.find(({ id }) => id === subscriptionId);
    const entitlement = entitlements.find(({ subscription_id }) => subscription_id === subscriptionId);
    return { status: row?.status, access: row?.access, plan: entitlement?.plan_id, entitlement: entitlement?.access };
  });
};

/** Days with an unpaid renewal, a change of plan, a purchase that is canceled, and a purchase. */
async function someDays(): Promise<Bought[]> {
  const price = await aMappedPrice(app);
  const larger = await aMappedPrice(app, 'enterprise', 49_900);
  const { controls } = app.sandbox;
  const [failing, moving] = [await buy(app, price), await buy(app, price)];
  controls.advance({ seconds: 28 * DAY });
  await app.settled();
  controls.failPayments({ customerId: failing.customerId, times: 9 });
  controls.changePrice({ subscriptionId: moving.subscriptionId, priceId: larger, anchor: 'unchanged' });
  controls.advance({ seconds: 4 * DAY });
  return [failing, moving, await cancelled(price), await buy(app, price)];
}

async function cancelled(price: string): Promise<Bought> {
  const purchase = await buy(app, price);
  app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
  return purchase;
}

describe('a reconciliation', () => {
  test('after days without webhooks reaches the state of uninterrupted delivery, and finds no drift', async () => {
    app = await billedApp();
    const known = await someDays();
    await app.settled();
    const undisturbed = await outcome(known);
    await app.close();

    app = await billedApp();
    await app.settled();
    app.sandbox.controls.delivery({ mode: 'drop' });
    const purchases = await someDays();
    await app.settled();
    expect((await stored(app)).subscriptions).toEqual([]);
    const report = await app.jobs!.reconcile();
    await app.settled();
    expect(report).toMatchObject({ error: null, drift: 0, total: 4, customers: 4 });
    expect(report.events).toBeGreaterThan(10);
    expect(await outcome(purchases)).toEqual(undisturbed);
    expect(await outcome(purchases)).toMatchObject([
      { status: 'past_due', access: 'grace', entitlement: 'grace' },
      { status: 'active', access: 'active', plan: 'enterprise' },
      { status: 'canceled', access: 'revoked' },
      { status: 'active', access: 'active', plan: 'pro' },
    ]);
    expect(app.jobs!.state()).toMatchObject({ pending: 0, dead: 0, reconcile: report });
    expect(await app.jobs!.reconcile()).toMatchObject({ events: 0, drift: 0, error: null });
  });

  test('moves its cursor only when all events are stored', async () => {
    app = await billedApp();
    await app.settled();
    await app.database.db
      .updateTable('billing_state')
      .set({ events_cursor: new Date(app.context.clock.now() - DAY_MS) })
      .execute();
    const before = (await state()).events_cursor;
    await aMappedPrice(app);
    app.sandbox.controls.failRequests({ with: 429, times: 1, path: '/v1/events' });
    expect(await app.jobs!.reconcile()).toMatchObject({ error: expect.stringMatching(/Too many requests/), finishedAt: expect.any(Date) });
    expect((await state()).events_cursor).toEqual(before);
    expect(await app.jobs!.reconcile()).toMatchObject({ error: null });
    expect((await state()).events_cursor?.getTime()).toBeGreaterThan(before!.getTime());
  });
});

describe('a sweep', () => {
  test('records drift once, before it corrects it', async () => {
    app = await billedApp();
    const purchase = await buy(app, await aMappedPrice(app));
    await app.settled();
    const { db } = app.database;
    await db.updateTable('entitlements').set({ access: 'suspended' }).execute();
    await db.updateTable('subscriptions').set({ status: 'unpaid', access: 'suspended' }).execute();
    const report = await app.jobs!.reconcile();
    expect(report).toMatchObject({ drift: 1, total: 1, customers: 1, error: null });
    expect(await drifts()).toMatchObject([
      {
        customer_id: purchase.customerId,
        differences: expect.arrayContaining([
          { object: purchase.subscriptionId, field: 'status', stored: 'unpaid', found: 'active' },
          { object: purchase.subscriptionId, field: 'access', stored: 'suspended', found: 'active' },
        ]),
      },
    ]);
    expect(await state()).toMatchObject({ drift_total: 1 });
    expect(await accessOf(purchase)).toBe('active');
    expect((await stored(app)).entitlements).toMatchObject([{ access: 'active' }]);
    expect(await app.jobs!.reconcile()).toMatchObject({ drift: 0 });
    expect(app.jobs!.state().counters.drift).toBe(1);
  });

  test('that fails to correct drift has still recorded it', async () => {
    app = await billedApp();
    await buy(app, await aMappedPrice(app));
    await app.settled();
    const { db } = app.database;
    await db.updateTable('entitlements').set({ access: 'suspended' }).execute();
    await db.schema.alterTable('entitlements').addCheckConstraint('broken', sql`access <> 'active'`).execute();
    expect(await app.jobs!.reconcile()).toMatchObject({ error: expect.stringMatching(/1 of 1/) });
    expect(await drifts()).toHaveLength(1);
    expect((await stored(app)).entitlements).toMatchObject([{ access: 'suspended' }]);
  });

  test('finds customers and disputes without any event', async () => {
    app = await billedApp();
    await app.settled();
    app.sandbox.controls.delivery({ mode: 'drop' });
    const purchase = await buy(app, await aMappedPrice(app));
    app.sandbox.controls.openDispute({ customerId: purchase.customerId });
    await knowAllEvents();
    expect(await app.jobs!.reconcile()).toMatchObject({ events: 0, drift: 1, error: null });
    expect(await accessOf(purchase)).toBe('suspended');
    expect(await app.database.db.selectFrom('disputes').selectAll().execute()).toMatchObject([
      { hold: true, customer_id: purchase.customerId },
    ]);
  });

  test('that is requested twice runs once', async () => {
    app = await billedApp();
    await app.settled();
    const [one, two] = await Promise.all([app.jobs!.reconcile(), app.jobs!.reconcile()]);
    expect(one).toBe(two);
  });
});
