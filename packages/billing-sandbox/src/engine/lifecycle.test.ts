import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { day, hour, jan31, openShop, type Shop } from './testing/shop.ts';

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
const periodOf = (subscription: Stripe.Subscription) => {
  const item = subscription.items.data[0];
  return [item?.current_period_start, item?.current_period_end].map((at) => new Date((at ?? 0) * 1000).toISOString());
};
const status = async (id: string) => (await shop.subscription(id)).status;
const invoicesOf = async (subscription: string) => (await shop.stripe.invoices.list({ subscription })).data;

describe('checkout', () => {
  test('a paid session completes and creates the customer, subscription, invoice, charge and all their events', async () => {
    const { session, subscription } = await shop.buy();
    expect(session).toMatchObject({ status: 'complete', payment_status: 'paid', subscription: subscription?.id, url: null });
    expect(subscription).toMatchObject({ status: 'active', billing_cycle_anchor: jan31, livemode: false, test_clock: 'clock_sandbox' });
    const invoice = await shop.stripe.invoices.retrieve(String(subscription?.latest_invoice), { expand: ['payments'] });
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_paid: 900,
      parent: { subscription_details: { subscription: subscription?.id } },
    });
    expect(invoice.lines.data[0]?.pricing?.price_details?.price).toBe(shop.monthly.id);
    const intent = invoice.payments?.data[0]?.payment.payment_intent as string;
    const charges = await shop.stripe.charges.list({ customer: String(subscription?.customer) });
    expect(charges.data).toMatchObject([{ amount: 900, paid: true, payment_intent: intent }]);
    const paymentsOfIntent = await shop.stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intent } });
    expect(paymentsOfIntent.data).toMatchObject([{ invoice: invoice.id, status: 'paid', amount_paid: 900 }]);
    expect(shop.eventTypes().slice(2)).toEqual([
      'customer.created',
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice_payment.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'checkout.session.completed',
    ]);
  });

  test('an update event includes the previous attributes', async () => {
    await shop.buy();
    const [updated] = (await shop.stripe.events.list({ type: 'customer.subscription.updated' })).data;
    expect(updated).toMatchObject({ data: { object: { status: 'active' }, previous_attributes: { status: 'incomplete' } } });
  });

  test('a declined attempt leaves the session open and an incomplete subscription, which the next attempt pays', async () => {
    const declined = await shop.buy({ outcome: 'declines' });
    expect(declined.session.status).toBe('open');
    expect(declined.subscription?.status).toBe('incomplete');
    shop.sandbox.controls.pay({ sessionId: declined.session.id, outcome: 'pays' });
    expect(await status(String(declined.subscription?.id))).toBe('active');
    expect((await shop.stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(1);
    expect((await shop.stripe.customers.list()).data).toHaveLength(1);
  });

  test('a required action leaves the session open until it is completed', async () => {
    const { session, subscription } = await shop.buy({ outcome: 'needs_action' });
    expect([session.status, subscription?.status]).toEqual(['open', 'incomplete']);
    expect(shop.eventTypes()).toContain('invoice.payment_action_required');
    expect(shop.sandbox.controls.completeAction({ sessionId: session.id, succeeds: false }).sessionStatus).toBe('open');
    expect(shop.sandbox.controls.completeAction({ sessionId: session.id, succeeds: true }).sessionStatus).toBe('complete');
    expect(await status(String(subscription?.id))).toBe('active');
  });

  test('a session expires when it is abandoned or a day old', async () => {
    expect((await shop.buy({ outcome: 'abandons' })).session.status).toBe('expired');
    const { id } = await shop.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: shop.monthly.id, quantity: 1 }],
      success_url: 'http://127.0.0.1/done',
    });
    shop.sandbox.controls.advance({ seconds: day - 1 });
    expect((await shop.stripe.checkout.sessions.retrieve(id)).status).toBe('open');
    shop.sandbox.controls.advance({ seconds: 1 });
    expect((await shop.stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    expect(() => shop.sandbox.controls.pay({ sessionId: id, outcome: 'pays' })).toThrow('expired');
  });

  test('an incomplete subscription expires after 23 hours and its invoice is voided', async () => {
    const { subscription } = await shop.buy({ outcome: 'declines' });
    shop.sandbox.controls.advance({ seconds: 23 * hour - 1 });
    expect(await status(String(subscription?.id))).toBe('incomplete');
    shop.sandbox.controls.advance({ seconds: 1 });
    expect(await shop.subscription(String(subscription?.id))).toMatchObject({ status: 'incomplete_expired', ended_at: jan31 + 23 * hour });
    expect(await invoicesOf(String(subscription?.id))).toMatchObject([{ status: 'void' }]);
  });
});

describe('renewal', () => {
  test('periods are counted from the original anchor: Jan 31, Feb 28, Mar 31', async () => {
    const { id, subscription } = await bought();
    expect(periodOf(subscription)).toEqual(['2027-01-31T10:00:00.000Z', '2027-02-28T10:00:00.000Z']);
    shop.sandbox.controls.advance({ seconds: 28 * day });
    expect(periodOf(await shop.subscription(id))).toEqual(['2027-02-28T10:00:00.000Z', '2027-03-31T10:00:00.000Z']);
    shop.sandbox.controls.advance({ seconds: 31 * day });
    expect(periodOf(await shop.subscription(id))).toEqual(['2027-03-31T10:00:00.000Z', '2027-04-30T10:00:00.000Z']);
    expect(await invoicesOf(id)).toMatchObject([
      { status: 'paid' },
      { status: 'paid' },
      { status: 'paid', billing_reason: 'subscription_create' },
    ]);
  });

  test('an advance over several periods bills each period at its own time', async () => {
    const { id } = await bought();
    shop.sandbox.controls.advance({ seconds: 365 * day });
    const invoices = (await shop.stripe.invoices.list({ subscription: id, limit: 100 })).data;
    expect(invoices).toHaveLength(13);
    expect(invoices.at(-2)?.created).toBe(jan31 + 28 * day);
    expect((await shop.stripe.testHelpers.testClocks.retrieve('clock_sandbox')).frozen_time).toBe(jan31 + 365 * day);
  });

  test('steps that become due in real time run at the next request', async () => {
    const { id } = await bought();
    shop.clock.seconds += 28 * day;
    expect(periodOf(await shop.subscription(id))[0]).toBe('2027-02-28T10:00:00.000Z');
  });

  test('a failed renewal is past_due, retried after 3, 5 and 7 days, and unpaid after the last retry', async () => {
    const { id, customer } = await bought();
    shop.sandbox.controls.failPayments({ customerId: customer, times: 4 });
    shop.sandbox.controls.advance({ seconds: 28 * day });
    expect(await status(id)).toBe('past_due');
    for (const [days, attempts, then] of [
      [3, 2, 'past_due'],
      [5, 3, 'past_due'],
      [7, 4, 'unpaid'],
    ] as const) {
      shop.sandbox.controls.advance({ seconds: days * day });
      const [invoice] = await invoicesOf(id);
      expect([invoice?.attempt_count, await status(id)]).toEqual([attempts, then]);
    }
    expect((await invoicesOf(id))[0]).toMatchObject({ status: 'open', next_payment_attempt: null, attempted: true });
  });

  test('a successful retry makes the subscription active again', async () => {
    const { id, customer } = await bought();
    shop.sandbox.controls.failPayments({ customerId: customer, times: 1 });
    shop.sandbox.controls.advance({ seconds: 28 * day });
    expect(await status(id)).toBe('past_due');
    shop.sandbox.controls.advance({ seconds: 3 * day });
    expect(await status(id)).toBe('active');
  });

  test('the account can cancel the subscription after the last retry or leave it past_due', async () => {
    for (const after of ['cancel', 'past_due'] as const) {
      const { id, customer } = await bought();
      shop.sandbox.controls.retries({ after });
      shop.sandbox.controls.failPayments({ customerId: customer, times: 4 });
      shop.sandbox.controls.advance({ seconds: 45 * day });
      expect(await status(id)).toBe(after === 'cancel' ? 'canceled' : 'past_due');
    }
  });

  test('paying the open invoices makes an unpaid subscription active; until then its new invoices stay drafts', async () => {
    const { id, customer } = await bought();
    shop.sandbox.controls.failPayments({ customerId: customer, times: 100 });
    shop.sandbox.controls.advance({ seconds: 45 * day });
    expect(shop.sandbox.controls.payOpenInvoices({ customerId: customer }).paid).toHaveLength(1);
    expect(await status(id)).toBe('active');
    shop.sandbox.controls.setStatus({ subscriptionId: id, status: 'unpaid' });
    shop.sandbox.controls.advance({ seconds: 31 * day });
    expect((await invoicesOf(id))[0]?.status).toBe('draft');
    shop.sandbox.controls.payOpenInvoices({ customerId: customer });
    expect((await invoicesOf(id))[0]?.status).toBe('paid');
    expect(await status(id)).toBe('active');
  });

  test.each([
    ['voidInvoice', 'invoice.voided'],
    ['markUncollectible', 'invoice.marked_uncollectible'],
  ] as const)('%s on the newest invoice makes a past_due subscription active', async (end, type) => {
    const { id, customer } = await bought();
    shop.sandbox.controls.failPayments({ customerId: customer, times: 1 });
    shop.sandbox.controls.advance({ seconds: 28 * day });
    const [invoice] = await invoicesOf(id);
    await shop.stripe.invoices[end](String(invoice?.id));
    expect(await status(id)).toBe('active');
    expect(shop.eventTypes()).toContain(type);
  });
});

describe('trials', () => {
  test('a trial bills nothing, is announced three days before its end and sets the anchor to its end', async () => {
    const { id, subscription } = await bought({ params: { subscription_data: { trial_period_days: 14 } } });
    expect(subscription).toMatchObject({ status: 'trialing', trial_end: jan31 + 14 * day, billing_cycle_anchor: jan31 + 14 * day });
    shop.sandbox.controls.advance({ seconds: 11 * day });
    expect(shop.eventTypes()).toContain('customer.subscription.trial_will_end');
    shop.sandbox.controls.advance({ seconds: 3 * day });
    expect(await status(id)).toBe('active');
    expect((await invoicesOf(id)).map(({ amount_paid }) => amount_paid)).toEqual([900, 0]);
  });

  test.each([
    ['pause', 'paused'],
    ['cancel', 'canceled'],
    ['create_invoice', 'past_due'],
  ] as const)('a trial that ends without a card with missing_payment_method %s becomes %s', async (missing, then) => {
    const { id } = await bought({
      params: {
        payment_method_collection: 'if_required',
        subscription_data: { trial_period_days: 1, trial_settings: { end_behavior: { missing_payment_method: missing } } },
      },
    });
    shop.sandbox.controls.advance({ seconds: day });
    expect(await status(id)).toBe(then);
  });

  test('a paused subscription resumes when a new period is paid', async () => {
    const { id, customer } = await bought({
      params: {
        payment_method_collection: 'if_required',
        subscription_data: { trial_period_days: 1, trial_settings: { end_behavior: { missing_payment_method: 'pause' } } },
      },
    });
    shop.sandbox.controls.advance({ seconds: day });
    await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: 'pm_card_visa' } });
    await shop.stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: 'now' } });
    expect(await status(id)).toBe('active');
    expect(shop.eventTypes()).toContain('customer.subscription.resumed');
  });

  test('a trial that is ended early is billed', async () => {
    const { id } = await bought({ params: { subscription_data: { trial_period_days: 14 } } });
    await shop.stripe.subscriptions.update(id, { trial_end: 'now' });
    expect(await status(id)).toBe('active');
  });
});
