import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestSandbox, testSandbox } from '../testing/sandbox.ts';
import { type Visitor, visitorOf } from '../testing/visitor.ts';

let sandbox: TestSandbox;
let stripe: Stripe;
let { aSession, open, send, signedIn } = {} as Visitor;
beforeEach(async () => {
  sandbox = await testSandbox();
  ({ stripe, aSession, open, send, signedIn } = visitorOf(sandbox));
});
afterEach(() => sandbox.close());

describe('the index page', () => {
  it('moves the clock', async () => {
    const cookie = await signedIn();
    const before = (await stripe.testHelpers.testClocks.retrieve('clock_sandbox')).frozen_time;
    expect((await send('/act/advance', { seconds: '691200' }, cookie)).headers.location).toBe('/');
    const after = (await stripe.testHelpers.testClocks.retrieve('clock_sandbox')).frozen_time;
    expect(after - before).toBeGreaterThanOrEqual(691_200);
    expect((await send('/act/advance', { seconds: '-5' }, cookie)).status).toBe(400);
  });

  it('can fail a payment, pay, open a dispute and cancel for a customer, and shows the events', async () => {
    const cookie = await signedIn();
    const { id, path } = await aSession();
    await send(path, { outcome: 'pays', email: 'a@example.com' });
    const session = await stripe.checkout.sessions.retrieve(id);
    const customer = String(session.customer);
    const subscription = String(session.subscription);
    await send('/act/customer', { customer, do: 'fail' }, cookie);
    expect((await open('/', cookie)).body).toContain('next payment fails');
    await send('/act/advance', { seconds: String(32 * 86_400) }, cookie);
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    await send('/act/customer', { customer, do: 'pay' }, cookie);
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('active');
    await send('/act/customer', { customer, do: 'dispute' }, cookie);
    expect((await stripe.disputes.list()).data).toHaveLength(1);
    await send('/act/cancel', { subscription }, cookie);
    expect((await stripe.subscriptions.retrieve(subscription)).status).toBe('canceled');
    const { body } = await open('/', cookie);
    expect(body).toContain('Pro, $49.00 per month');
    for (const text of ['a@example.com', 'charge.dispute.created', 'customer.subscription.deleted', 'needs_response']) {
      expect(body).toContain(text);
    }
  });

  /** A customer with a paid subscription, and functions that press the buttons of its block. */
  async function aCustomer() {
    const cookie = await signedIn();
    const { id, path } = await aSession();
    await send(path, { outcome: 'pays', email: 'a@example.com' });
    const session = await stripe.checkout.sessions.retrieve(id);
    const customer = String(session.customer);
    const act = (name: string, fields: Record<string, string>) => send(`/act/${name}`, fields, cookie);
    return {
      customer,
      page: async () => (await open('/', cookie)).body,
      act,
      press: (button: string) => act('customer', { customer, do: button }),
      pass: (days: number) => act('advance', { seconds: String(days * 86_400) }),
      status: async () => (await stripe.subscriptions.retrieve(String(session.subscription))).status,
    };
  }

  it('fails every payment until payments are allowed to succeed', async () => {
    const { press, pass, page, status } = await aCustomer();
    await press('fail-all');
    expect(await page()).toContain('All payments fail until you let them succeed.');
    await pass(32);
    expect(await status()).toBe('past_due');
    await pass(32);
    expect(await status()).toBe('unpaid');
    await press('succeed');
    expect(await page()).not.toContain('payments fail');
    await press('pay');
    expect(await status()).toBe('active');
  });

  it.each([
    [{ status: 'won' }, 'won'],
    [{ status: 'lost' }, 'lost'],
    [{ do: 'withdraw' }, 'won'],
  ])('closes a dispute with %j and then offers no more buttons for it', async (fields, status) => {
    const { press, act, page } = await aCustomer();
    await press('dispute');
    const [dispute] = (await stripe.disputes.list()).data;
    expect(await page()).toContain('>Lose<');
    expect((await act('dispute', { dispute: dispute?.id ?? '', status: 'forgotten' })).status).toBe(400);
    await act('dispute', { dispute: dispute?.id ?? '', ...fields });
    expect((await stripe.disputes.list()).data).toMatchObject([{ status }]);
    expect(await page()).not.toContain('>Lose<');
  });

  it('can refund the last payment and send a fraud warning', async () => {
    const { press } = await aCustomer();
    await press('warn');
    await press('refund');
    expect((await stripe.refunds.list()).data).toHaveLength(1);
    expect((await stripe.radar.earlyFraudWarnings.list()).data).toHaveLength(1);
    expect((await press('constructor')).status).toBe(400);
  });

  it('shows the total number of events and that quotas are counted in real time', async () => {
    const { press, page } = await aCustomer();
    expect(await page()).toMatch(/<p>\d+ events\.<\/p>/);
    const listed = () => sandbox.controls.events().length;
    while (listed() <= 50) {
      await press('warn');
      await press('dispute');
    }
    const body = await page();
    expect(body).toContain(`Last 50 of ${listed()} events.`);
    expect(body).toContain('Quotas and rates are counted in real time');
  });
});
