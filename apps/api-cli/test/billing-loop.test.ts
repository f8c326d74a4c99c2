import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus } from './support/api.ts';
import { aSellingProduct, DAY, HOUR, OVER_A_MONTH, type Purchase, type SellingProduct, secondsOf } from './support/selling.ts';

let t: SellingProduct;
beforeAll(async () => {
  t = await aSellingProduct();
  // So that grace periods end on their own date, not because Stripe stops retrying.
  t.sandbox.controls.retries({ after: 'past_due' });
});
afterAll(() => t.stop());

const setStatus = async ({ keyId }: Purchase, action: 'suspend' | 'resume' | 'revoke') =>
  expectStatus(t.admin('POST', `/keys/${keyId}/${action}`, {}), 200);

const untilEndOfGrace = async ({ subscriptionId }: Purchase): Promise<number> => {
  const { graceUntil } = await t.subscription(subscriptionId);
  return secondsOf(graceUntil) - t.sandbox.controls.advance({ seconds: 0 }).now;
};

/** Fails a renewal and advances past the grace period. */
async function suspend(purchase: Purchase): Promise<void> {
  await t.failRenewal(purchase);
  await t.advance((await untilEndOfGrace(purchase)) + 1);
}

describe('a consumer with a subscription', () => {
  let bought: Purchase;
  const own = async () => (await t.own(bought.key)).body.data;

  it('pays and claims a key that works immediately', async () => {
    bought = await t.buy('starter');
    expect(bought.key).toMatch(/^af_test_/);
    expect(await t.verdict(bought.key)).toBe('200');
    expect(await own()).toMatchObject({ status: 'enabled', plan: 'starter', billing: { status: 'active', graceUntil: null } });
  });

  it('is served during the grace period after a failed payment, and sees when it ends', async () => {
    await t.failRenewal(bought);
    const { billing, status } = await own();
    expect({ status, billing: billing.status }).toEqual({ status: 'enabled', billing: 'grace' });
    expect(billing.graceUntil).toBe((await t.subscription(bought.subscriptionId)).graceUntil);
    expect(await t.verdict(bought.key)).toBe('200');
    await t.advance((await untilEndOfGrace(bought)) - 60);
    expect(await own()).toMatchObject({ billing: { status: 'grace', graceUntil: billing.graceUntil } });
    expect(await t.verdict(bought.key)).toBe('200');
  });

  it('is refused after the grace period, with a URL for paying', async () => {
    await t.advance(61);
    const { status, body } = await t.call(bought.key);
    const billingUrl = `${t.address}/checkout/manage`;
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'KEY_SUSPENDED', billingUrl, error: { details: { billingUrl } } });
    expect(await t.subscription(bought.subscriptionId)).toMatchObject({ status: 'past_due', access: 'suspended' });
    expect(await own()).toMatchObject({ status: 'suspended', billing: { status: 'suspended', portalUrl: billingUrl } });
  });

  it('opens the portal with the suspended key, pays and is served again', async () => {
    expect(await t.request('POST', '/api/billing/portal', { headers: { authorization: `Bearer ${bought.key}` } })).toMatchObject({
      status: 403,
      body: { code: 'CUSTOMER_NOT_PROVEN' },
    });
    const { body } = await expectStatus(t.portal(bought.key), 200);
    expect(body.data.url).toMatch(new RegExp(`^${t.sandbox.url}/portal/bps_`));
    expect((await fetch(body.data.url)).status).toBe(200);
    await t.payOpen(bought);
    expect(await t.verdict(bought.key)).toBe('200');
    expect(await own()).toMatchObject({ status: 'enabled', billing: { status: 'active', graceUntil: null } });
  });

  it('gets a full grace period for each failed payment', async () => {
    await t.failRenewal(bought);
    const left = await untilEndOfGrace(bought);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(7 * DAY);
    expect(await t.verdict(bought.key)).toBe('200');
    await t.advance(left);
    expect(await t.verdict(bought.key)).toBe('403 KEY_SUSPENDED');
    await t.payOpen(bought);
    expect(await t.verdict(bought.key)).toBe('200');
  });

  it('loses the key on cancellation, and gets a new one with a new subscription', async () => {
    await t.stripe.subscriptions.cancel(bought.subscriptionId);
    await t.settled();
    const unknown = await t.call(`${bought.key.slice(0, -1)}${bought.key.endsWith('x') ? 'y' : 'x'}`);
    const cancelled = await t.call(bought.key);
    expect(cancelled.status).toBe(401);
    const { meta: _id, ...rest } = unknown.body;
    expect(cancelled.body).toMatchObject(rest);
    const again = await t.buy('starter');
    expect(again.key).not.toBe(bought.key);
    expect(await t.verdict(again.key)).toBe('200');
    expect(await t.verdict(bought.key)).toBe('401 INVALID_KEY');
    expect(await t.advance(OVER_A_MONTH).then(() => t.verdict(again.key))).toBe('200');
  });
});

describe('a payment on the payment page', () => {
  it('that is declined yields no key and keeps the checkout open for another attempt', async () => {
    const buyer = await t.checkout();
    t.sandbox.controls.pay({ sessionId: buyer.sessionId, outcome: 'declines' });
    await t.settled();
    expect(await t.claim(buyer)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_NOT_COMPLETE' } });
    t.sandbox.controls.pay({ sessionId: buyer.sessionId, outcome: 'pays' });
    await t.settled();
    expect(await t.verdict((await t.claim(buyer)).body.data.key)).toBe('200');
  });

  it('that requires bank authentication yields a key only after it succeeds', async () => {
    const buyer = await t.checkout();
    const { sessionId } = buyer;
    t.sandbox.controls.pay({ sessionId, outcome: 'needs_action' });
    await t.settled();
    expect(await t.claim(buyer)).toMatchObject({ body: { code: 'CHECKOUT_NOT_COMPLETE' } });
    t.sandbox.controls.completeAction({ sessionId, succeeds: false });
    await t.settled();
    expect(await t.claim(buyer)).toMatchObject({ body: { code: 'CHECKOUT_NOT_COMPLETE' } });
    t.sandbox.controls.completeAction({ sessionId, succeeds: true });
    await t.settled();
    expect(await t.verdict((await t.claim(buyer)).body.data.key)).toBe('200');
  });

  it('that never happens yields no key, and the checkout expires', async () => {
    const [abandoned, ignored] = [await t.checkout(), await t.checkout()];
    t.sandbox.controls.pay({ sessionId: abandoned.sessionId, outcome: 'abandons' });
    await t.settled();
    expect(await t.checkoutState(abandoned)).toBe('expired');
    await t.advance(25 * HOUR);
    expect(await t.checkoutState(ignored)).toBe('expired');
    for (const buyer of [abandoned, ignored]) expect(await t.claim(buyer)).toMatchObject({ body: { code: 'CHECKOUT_NOT_COMPLETE' } });
  });
});

describe('the operator status of a key is independent of payments:', () => {
  it('a key suspended before a failed payment stays suspended after it is paid, until it is resumed', async () => {
    const bought = await t.buy();
    await setStatus(bought, 'suspend');
    await suspend(bought);
    expect(await t.verdict(bought.key)).toBe('403 KEY_SUSPENDED');
    await t.payOpen(bought);
    const { body } = await t.call(bought.key);
    expect(body.code).toBe('KEY_SUSPENDED');
    expect(body.billingUrl, 'paying would not help').toBeUndefined();
    await setStatus(bought, 'resume');
    expect(await t.verdict(bought.key)).toBe('200');
  });

  it('a key suspended after a failed payment works only when it is both resumed and paid', async () => {
    const bought = await t.buy();
    await suspend(bought);
    await setStatus(bought, 'suspend');
    await setStatus(bought, 'resume');
    expect((await t.call(bought.key)).body).toMatchObject({ code: 'KEY_SUSPENDED', billingUrl: `${t.address}/checkout/manage` });
    await setStatus(bought, 'suspend');
    await t.payOpen(bought);
    expect(await t.verdict(bought.key)).toBe('403 KEY_SUSPENDED');
    await setStatus(bought, 'resume');
    expect(await t.verdict(bought.key)).toBe('200');
  });

  it('a key revoked before or after a failed payment stays revoked', async () => {
    const [before, after] = [await t.buy(), await t.buy()];
    await setStatus(before, 'revoke');
    await suspend(before);
    await suspend(after);
    await setStatus(after, 'revoke');
    for (const bought of [before, after]) {
      await t.payOpen(bought);
      expect(await t.subscription(bought.subscriptionId)).toMatchObject({ access: 'active' });
      expect(await t.verdict(bought.key)).toBe('401 INVALID_KEY');
    }
  });
});
