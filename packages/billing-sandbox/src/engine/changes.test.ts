import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { day, jan31, openShop, type Shop } from './testing/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.sandbox.close());

const bought = async (options?: Parameters<Shop['buy']>[0]) => {
  const { subscription, customer } = await shop.buy(options);
  if (!subscription) throw new Error('nothing was bought');
  return { id: subscription.id, subscription, customer };
};
const priced = (amount: number, interval: 'month' | 'year' = 'month') =>
  shop.stripe.prices.create({ product: String(shop.monthly.product), currency: 'usd', unit_amount: amount, recurring: { interval } });

describe('cancelling', () => {
  test('now cancels immediately and emits customer.subscription.deleted', async () => {
    const { id } = await bought();
    expect(await shop.stripe.subscriptions.cancel(id)).toMatchObject({ status: 'canceled', ended_at: jan31 });
    expect(shop.eventTypes().at(-1)).toBe('customer.subscription.deleted');
    await expect(shop.stripe.subscriptions.cancel(id)).rejects.toMatchObject({ code: 'resource_missing', statusCode: 404 });
  });

  test('at the period’s end keeps the subscription active until then, without another invoice', async () => {
    const { id } = await bought();
    const scheduled = await shop.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(scheduled).toMatchObject({ status: 'active', cancel_at: jan31 + 28 * day, cancel_at_period_end: true });
    shop.sandbox.controls.advance({ seconds: 28 * day - 1 });
    expect((await shop.subscription(id)).status).toBe('active');
    shop.sandbox.controls.advance({ seconds: 1 });
    expect(await shop.subscription(id)).toMatchObject({ status: 'canceled', ended_at: jan31 + 28 * day });
    expect((await shop.stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
  });

  test('a scheduled cancellation can be undone or set to a given time', async () => {
    const { id } = await bought();
    await shop.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(await shop.stripe.subscriptions.update(id, { cancel_at_period_end: false })).toMatchObject({
      cancel_at: null,
      canceled_at: null,
    });
    await shop.stripe.subscriptions.update(id, { cancel_at: jan31 + 5 * day });
    shop.sandbox.controls.advance({ seconds: 5 * day });
    expect((await shop.subscription(id)).status).toBe('canceled');
  });

  test('deleting the customer cancels its subscriptions, which can be retrieved but are no longer listed', async () => {
    const { id, customer } = await bought();
    expect(await shop.stripe.customers.del(customer)).toEqual({ id: customer, object: 'customer', deleted: true });
    expect(await shop.stripe.customers.retrieve(customer)).toEqual({ id: customer, object: 'customer', deleted: true });
    expect((await shop.stripe.subscriptions.list({ customer, status: 'all' })).data).toEqual([]);
    expect((await shop.subscription(id)).status).toBe('canceled');
    expect(shop.eventTypes().slice(-2)).toEqual(['customer.subscription.deleted', 'customer.deleted']);
  });
});

describe('changing', () => {
  test('a price with the same interval keeps the period and bills nothing now', async () => {
    const { id, subscription } = await bought();
    const pricier = await priced(4900);
    shop.sandbox.controls.advance({ seconds: 10 * day });
    const item = subscription.items.data[0];
    const changed = await shop.stripe.subscriptions.update(id, { items: [{ id: String(item?.id), price: pricier.id }] });
    expect(changed.items.data[0]).toMatchObject({ price: { id: pricier.id }, current_period_end: item?.current_period_end });
    expect((await shop.stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
    shop.sandbox.controls.advance({ seconds: 18 * day });
    expect((await shop.stripe.invoices.list({ subscription: id })).data[0]?.amount_paid).toBe(4900);
  });

  test.each(['now', 'interval'])('a new anchor (%s) starts and bills a period', async (by) => {
    const { id } = await bought();
    const other = await priced(4900, by === 'interval' ? 'year' : 'month');
    shop.sandbox.controls.advance({ seconds: 10 * day });
    shop.sandbox.controls.changePrice({ subscriptionId: id, priceId: other.id, anchor: by === 'now' ? 'now' : 'unchanged' });
    const changed = await shop.subscription(id);
    expect(changed.billing_cycle_anchor).toBe(jan31 + 10 * day);
    expect(changed.items.data[0]?.current_period_start).toBe(jan31 + 10 * day);
    expect((await shop.stripe.invoices.list({ subscription: id })).data[0]).toMatchObject({
      amount_paid: 4900,
      billing_reason: 'subscription_update',
    });
  });

  test('a subscription with more than ten items includes ten and has_more; the rest can be paged', async () => {
    const prices = await Promise.all(Array.from({ length: 13 }, (_, index) => priced(100 + index)));
    const customer = await shop.stripe.customers.create({ payment_method: 'pm_card_visa' });
    const created = await shop.stripe.subscriptions.create({ customer: customer.id, items: prices.map(({ id }) => ({ price: id })) });
    expect([created.items.data.length, created.items.has_more]).toEqual([10, true]);
    const all = await shop.stripe.subscriptionItems.list({ subscription: created.id, limit: 5 }).autoPagingToArray({ limit: 100 });
    expect(new Set(all.map(({ price }) => price.id)).size).toBe(13);
  });

  test('pause_collection keeps invoices as drafts, voids them or marks them uncollectible; the subscription stays active', async () => {
    for (const [behavior, then] of [
      ['keep_as_draft', 'draft'],
      ['void', 'void'],
      ['mark_uncollectible', 'uncollectible'],
    ] as const) {
      const { id } = await bought();
      await shop.stripe.subscriptions.update(id, { pause_collection: { behavior } });
      shop.sandbox.controls.advance({ seconds: 31 * day });
      expect((await shop.stripe.invoices.list({ subscription: id })).data[0]?.status).toBe(then);
      expect((await shop.subscription(id)).status).toBe('active');
    }
  });

  test('any status can be set, even one that Stripe does not have', async () => {
    const { id } = await bought();
    shop.sandbox.controls.setStatus({ subscriptionId: id, status: 'hibernating' });
    expect((await shop.subscription(id)).status).toBe('hibernating');
    shop.sandbox.controls.setStatus({ subscriptionId: id, status: 'paused', pausedReason: 'final_payment_failure' });
    expect((await shop.subscription(id)).status_details?.paused.subscription.type).toBe('final_payment_failure');
    shop.sandbox.controls.setStatus({ subscriptionId: id, status: 'canceled' });
    expect((await shop.subscription(id)).ended_at).toBe(jan31);
  });
});

describe('disputes, refunds and declines', () => {
  test('a dispute can be opened, submitted and won', async () => {
    const { customer } = await bought();
    const { id } = shop.sandbox.controls.openDispute({ customerId: customer });
    const dispute = await shop.stripe.disputes.retrieve(id, { expand: ['charge'] });
    expect(dispute).toMatchObject({ status: 'needs_response', charge: { customer, disputed: true } });
    await shop.stripe.disputes.update(id, { submit: true });
    shop.sandbox.controls.setDispute({ disputeId: id, status: 'won' });
    expect((await shop.stripe.disputes.list()).data).toMatchObject([{ id, status: 'won' }]);
    expect(shop.eventTypes().filter((type) => type.startsWith('charge.dispute'))).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
  });

  test('a charge can be refunded in part and in full but no further, and gets a fraud warning', async () => {
    const { customer } = await bought();
    const [charge] = (await shop.stripe.charges.list({ customer })).data;
    shop.sandbox.controls.warnOfFraud({ customerId: customer });
    expect((await shop.stripe.radar.earlyFraudWarnings.list()).data).toMatchObject([{ charge: charge?.id, actionable: true }]);
    await shop.stripe.refunds.create({ charge: String(charge?.id), amount: 400 });
    expect(await shop.stripe.charges.retrieve(String(charge?.id))).toMatchObject({ amount_refunded: 400, refunded: false });
    shop.sandbox.controls.refund({ customerId: customer });
    expect(await shop.stripe.charges.retrieve(String(charge?.id))).toMatchObject({ amount_refunded: 900, refunded: true });
    await expect(shop.stripe.refunds.create({ charge: String(charge?.id) })).rejects.toMatchObject({ code: 'charge_already_refunded' });
    expect(shop.eventTypes().filter((type) => type === 'charge.refunded')).toHaveLength(2);
  });

  test('a declined card leaves an incomplete subscription, or returns a card_error with error_if_incomplete', async () => {
    const customer = await shop.stripe.customers.create({ payment_method: 'pm_card_chargeCustomerFail' });
    const items = [{ price: shop.monthly.id }];
    const created = await shop.stripe.subscriptions.create({ customer: customer.id, items });
    expect(created.status).toBe('incomplete');
    const refused = shop.stripe.subscriptions.create({ customer: customer.id, items, payment_behavior: 'error_if_incomplete' });
    await expect(refused).rejects.toBeInstanceOf(Stripe.errors.StripeCardError);
    expect((await shop.stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toHaveLength(1);
  });
});
