import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { syncCustomer } from './sync.ts';

const DAY = 86_400;

/** Without the worker: each test syncs customers itself. */
let app: BilledApp;
let price: string;
beforeEach(async () => {
  app = await billedApp({ jobs: false, deliver: false });
  price = await aMappedPrice(app);
});
afterEach(() => app.close());

const sync = ({ customerId }: Pick<Bought, 'customerId'>) => syncCustomer(app.context, customerId);
const accessOf = async ({ subscriptionId }: Bought) => {
  const { subscriptions } = await stored(app);
  return subscriptions.find(({ id }) => id === subscriptionId)?.access;
};
const entitlementOf = async ({ subscriptionId }: Bought) => {
  const { entitlements } = await stored(app);
  return entitlements.find(({ subscription_id }) => subscription_id === subscriptionId);
};
const aKeyOf = async (purchase: Bought): Promise<string> => {
  const entitlementId = (await entitlementOf(purchase))!.id;
  const created = await app.admin('POST', '/keys', { name: 'bought', entitlementId });
  expect(created.status).toBe(201);
  return created.body.data.id;
};
const statusOf = async (keyId: string) => (await app.admin('GET', `/keys/${keyId}`)).body.data.status;
const flags = () => app.database.db.selectFrom('billing_flags').select(['kind', 'object_id']).orderBy('kind').execute();
const version = async () => (await app.database.db.selectFrom('snapshot_version').select('version').executeTakeFirstOrThrow()).version;

describe('a subscription that was paid', () => {
  test('creates a consumer with the name in Stripe, and one entitlement with the plan of its price', async () => {
    const purchase = await buy(app, price);
    const outcome = await sync(purchase);
    const { subscriptions, entitlements, consumers, customers } = await stored(app);
    expect(subscriptions).toMatchObject([
      { id: purchase.subscriptionId, status: 'active', access: 'active', plan_id: 'pro', price_id: price },
    ]);
    expect(entitlements).toMatchObject([
      { plan_id: 'pro', access: 'active', mode: 'sandbox', subscription_id: purchase.subscriptionId, consumer_id: outcome.consumerId },
    ]);
    expect(entitlements[0]?.anchor).toEqual(subscriptions[0]?.anchor);
    expect(consumers).toMatchObject([{ email: 'buyer@example.com' }]);
    expect(customers).toMatchObject([
      { id: purchase.customerId, consumer_id: consumers[0]?.id, wanted_at: null, failures: 0, lease_until: null },
    ]);
  });

  test('and is synced ten times in parallel creates one consumer and one entitlement', async () => {
    const purchase = await buy(app, price);
    await Promise.all(Array.from({ length: 10 }, () => sync(purchase)));
    const { entitlements, consumers } = await stored(app);
    expect([entitlements.length, consumers.length]).toEqual([1, 1]);
  });

  test('and is unchanged writes no audit entry, and does not change the snapshot version', async () => {
    const purchase = await buy(app, price);
    expect(await sync(purchase)).toMatchObject({ changed: true });
    const entries = () => app.database.db.selectFrom('audit').selectAll().execute();
    const [before, versionBefore] = [await entries(), await version()];
    expect(await sync(purchase)).toMatchObject({ changed: false });
    expect(await entries()).toEqual(before);
    expect(await version()).toBe(versionBefore);
  });

  test('is never matched with a consumer by email address', async () => {
    await app.admin('POST', '/consumers', { name: 'Someone', email: 'buyer@example.com' });
    await sync(await buy(app, price));
    expect((await stored(app)).consumers).toHaveLength(2);
  });

  test('moves to the plan of its new price, and keeps its entitlement', async () => {
    const purchase = await buy(app, price);
    await sync(purchase);
    const before = await entitlementOf(purchase);
    const larger = await aMappedPrice(app, 'enterprise', 49_900);
    app.sandbox.controls.changePrice({ subscriptionId: purchase.subscriptionId, priceId: larger, anchor: 'unchanged' });
    await sync(purchase);
    expect(await entitlementOf(purchase)).toMatchObject({
      id: before?.id,
      plan_id: 'enterprise',
      access: 'active',
      anchor: before?.anchor,
    });
  });

  test('keeps its plan and is flagged when its new price has no plan', async () => {
    const purchase = await buy(app, price);
    await sync(purchase);
    const unmapped = await aMappedPrice(app, 'starter', 1);
    await app.database.db.deleteFrom('stripe_prices').where('id', '=', unmapped).execute();
    app.sandbox.controls.changePrice({ subscriptionId: purchase.subscriptionId, priceId: unmapped, anchor: 'unchanged' });
    await sync(purchase);
    expect(await entitlementOf(purchase)).toMatchObject({ plan_id: 'pro', access: 'active' });
    expect(await flags()).toEqual([{ kind: 'unmapped_price', object_id: purchase.subscriptionId }]);
  });
});

test('a customer without a purchase here gets a row and nothing else', async () => {
  const unmapped = await aMappedPrice(app, 'starter', 1);
  await app.database.db.deleteFrom('stripe_prices').where('id', '=', unmapped).execute();
  const purchase = await buy(app, unmapped);
  expect(await sync(purchase)).toMatchObject({ consumerId: null, subscriptions: [], changed: false });
  const { subscriptions, entitlements, consumers, customers } = await stored(app);
  expect([subscriptions, entitlements, consumers]).toEqual([[], [], []]);
  expect(customers).toMatchObject([{ id: purchase.customerId, consumer_id: null }]);
  expect(await flags()).toEqual([]);
});

describe('a payment that fails', () => {
  test('grants a grace period that duplicates do not extend and a payment ends', async () => {
    const purchase = await buy(app, price);
    await sync(purchase);
    const { controls } = app.sandbox;
    controls.failPayments({ customerId: purchase.customerId, times: 99 });
    controls.advance({ seconds: 32 * DAY });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('grace');
    const [{ grace_until: end } = { grace_until: null }] = (await stored(app)).subscriptions;
    const left = (await stored(app)).customers[0]!.wanted_at!.getTime() - app.context.clock.now();
    controls.advance({ seconds: 2 * DAY });
    await sync(purchase);
    expect((await stored(app)).subscriptions[0]?.grace_until).toEqual(end);
    controls.advance({ seconds: Math.ceil(left / 1_000) - 2 * DAY });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('suspended');
    controls.failPayments({ customerId: purchase.customerId, times: 0 });
    controls.payOpenInvoices({ customerId: purchase.customerId });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
    expect(await entitlementOf(purchase)).toMatchObject({ access: 'active' });
  });
});

test('a failure after a payment starts a new grace period although an older invoice stays open; a second failure does not', async () => {
  const purchase = await buy(app, price);
  const { controls } = app.sandbox;
  const stripe = app.context.billing!.stripe;
  const { customerId, subscriptionId } = purchase;
  const graceUntil = async () => {
    await sync(purchase);
    return (await stored(app)).subscriptions[0]?.grace_until?.getTime() ?? null;
  };
  controls.retries({ after: 'past_due' });
  controls.failPayments({ customerId, times: 99 });
  controls.advance({ seconds: 32 * DAY });
  const first = await graceUntil();
  controls.advance({ seconds: 31 * DAY });
  expect(await graceUntil()).toBe(first);
  const { data: open } = await stripe.invoices.list({ subscription: subscriptionId, status: 'open' });
  expect(open.length).toBe(2);
  controls.failPayments({ customerId, times: 0 });
  await stripe.invoices.pay(open[0]!.id!);
  await stripe.subscriptions.retrieve(subscriptionId);
  controls.failPayments({ customerId, times: 99 });
  controls.advance({ seconds: 31 * DAY });
  expect(await stripe.invoices.list({ subscription: subscriptionId, status: 'open' })).toMatchObject({ data: [{}, { id: open[1]!.id }] });
  expect(await graceUntil()).toBeGreaterThan(first! + 50 * DAY * 1_000);
  expect(await accessOf(purchase)).toBe('grace');
});

describe('a subscription that ended', () => {
  test('revokes its key, and a later purchase gets its own entitlement', async () => {
    const first = await buy(app, price);
    await sync(first);
    const key = await aKeyOf(first);
    app.sandbox.controls.cancel({ subscriptionId: first.subscriptionId });
    await sync(first);
    expect(await statusOf(key)).toBe('revoked');
    app.sandbox.controls.advance({ seconds: DAY });
    const second = await buy(app, price, first.customerId);
    await sync(second);
    expect(await accessOf(second)).toBe('active');
    expect(await statusOf(key)).toBe('revoked');
    expect((await stored(app)).consumers).toHaveLength(1);
  });

  test('leaves its key active when it has a successor', async () => {
    const first = await buy(app, price);
    await sync(first);
    const key = await aKeyOf(first);
    const second = await buy(app, price, first.customerId);
    app.sandbox.controls.cancel({ subscriptionId: first.subscriptionId });
    await sync(first);
    expect(await accessOf(first)).toBe('revoked');
    expect(await statusOf(key)).toBe('enabled');
    const row = await app.database.db.selectFrom('keys').select('entitlement_id').where('id', '=', key).executeTakeFirst();
    expect(row?.entitlement_id).toBe((await entitlementOf(second))?.id);
  });

  describe('and whose key was revoked without a successor', () => {
    const pastEnd = async (seconds: number) => {
      const small = await aMappedPrice(app, 'starter', 900);
      await app.database.db
        .updateTable('plan_versions')
        .set({ apis: ['hello'] })
        .where('plan_id', '=', 'starter')
        .execute();
      const first = await buy(app, price);
      await sync(first);
      const key = await aKeyOf(first);
      const second = await buy(app, small, first.customerId);
      app.sandbox.controls.cancel({ subscriptionId: first.subscriptionId });
      await sync(first);
      expect(await statusOf(key)).toBe('revoked');
      app.sandbox.controls.advance({ seconds });
      return { key, second };
    };

    test('leaves it revoked when another subscription is upgraded more than a day after the end', async () => {
      const { key, second } = await pastEnd(20 * DAY);
      app.sandbox.controls.changePrice({ subscriptionId: second.subscriptionId, priceId: price, anchor: 'unchanged' });
      await sync(second);
      expect(await entitlementOf(second)).toMatchObject({ plan_id: 'pro' });
      expect(await statusOf(key)).toBe('revoked');
    });

    test('leaves it revoked when another plan is extended later', async () => {
      const { key, second } = await pastEnd(20 * DAY);
      await app.database.db.updateTable('plan_versions').set({ apis: null }).where('plan_id', '=', 'starter').execute();
      await sync(second);
      expect(await statusOf(key)).toBe('revoked');
    });

    test('moves it to another subscription within a day', async () => {
      const { key, second } = await pastEnd(DAY / 2);
      app.sandbox.controls.changePrice({ subscriptionId: second.subscriptionId, priceId: price, anchor: 'unchanged' });
      await sync(second);
      expect(await statusOf(key)).toBe('enabled');
    });
  });

  test('is also revoked when its customer is deleted', async () => {
    const purchase = await buy(app, price);
    await sync(purchase);
    await app.context.billing!.stripe.customers.del(purchase.customerId);
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('revoked');
    expect((await stored(app)).customers).toMatchObject([{ deleted: true }]);
  });
});

test('a customer that is missing in Stripe is a failure and revokes nothing', async () => {
  const purchase = await buy(app, price);
  await sync(purchase);
  app.sandbox.controls.reset();
  await expect(sync(purchase)).rejects.toMatchObject({ code: 'STRIPE_REJECTED' });
  expect(await accessOf(purchase)).toBe('active');
  const [customer] = (await stored(app)).customers;
  expect(customer).toMatchObject({ failures: 1, lease_until: null });
  expect(customer?.last_error).toMatch(/another account/);
});

describe('disputes', () => {
  test('hold the consumer until all are closed, and a lost one holds permanently', async () => {
    const purchase = await buy(app, price);
    await sync(purchase);
    const { controls } = app.sandbox;
    const [one, two] = [
      controls.openDispute({ customerId: purchase.customerId }),
      controls.openDispute({ customerId: purchase.customerId }),
    ];
    const syncDisputes = () => syncCustomer(app.context, purchase.customerId, { disputes: [one.id, two.id] });
    await syncDisputes();
    expect(await accessOf(purchase)).toBe('suspended');
    controls.setDispute({ disputeId: one.id, status: 'won' });
    await syncDisputes();
    expect(await accessOf(purchase)).toBe('suspended');
    controls.setDispute({ disputeId: two.id, status: 'won' });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
    controls.setDispute({ disputeId: two.id, status: 'lost' });
    await sync(purchase);
    expect(await entitlementOf(purchase)).toMatchObject({ access: 'suspended' });
  });
});
