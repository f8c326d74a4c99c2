import { afterEach, describe, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey, aCheckout, BUYER_EMAIL, checkoutState, claim } from '../testing/purchase.ts';
import { stored } from '../testing/subscriber.ts';

let billed: BilledApp;
afterEach(() => billed.close());

/** A consumer with a bought key, an unpaid checkout, and a dispute. */
async function aHeldBuyer() {
  billed = await billedApp();
  const bought = await aBoughtKey(billed);
  const headers = { authorization: `Bearer ${bought.key}` };
  const open = await aCheckout(billed, { headers, email: BUYER_EMAIL });
  const customerId = (await stored(billed)).customers[0]?.id ?? '';
  const dispute = billed.sandbox.controls.openDispute({ customerId });
  await billed.settled();
  const statusOf = async (id: string) => (await billed.admin('GET', `/keys/${id}`)).body.data.status;
  return { bought, headers, open, dispute, statusOf };
}

describe('a consumer whose payment is disputed', () => {
  test('cannot start a checkout with its key, and gets the reason', async () => {
    const { headers, bought, statusOf } = await aHeldBuyer();
    expect(await statusOf(bought.id)).toBe('suspended');
    const refused = await billed.browser().post('/api/billing/checkout', { plan: 'pro', email: BUYER_EMAIL }, headers);
    expect(refused).toMatchObject({ status: 409, body: { code: 'CONFLICT', detail: expect.stringMatching(/disputed.*operator/s) } });
  });

  test('that pays an earlier checkout sees that access is suspended, and gets no key', async () => {
    const { open } = await aHeldBuyer();
    billed.sandbox.controls.pay({ sessionId: open.sessionId, outcome: 'pays' });
    await billed.settled();
    expect(await checkoutState(open)).toEqual({ state: 'suspended', plan: 'pro', claimable: false });
    expect(await claim(open)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_NOT_COMPLETE' } });
  });

  test('is released by the operator permanently, also after the dispute was lost', async () => {
    const { bought, headers, open, dispute, statusOf } = await aHeldBuyer();
    billed.sandbox.controls.pay({ sessionId: open.sessionId, outcome: 'pays' });
    billed.sandbox.controls.setDispute({ disputeId: dispute.id, status: 'lost' });
    await billed.settled();
    const list = async () => (await billed.admin('GET', '/billing/disputes')).body.data;
    expect(await list()).toMatchObject([{ id: dispute.id, consumerId: bought.consumerId, status: 'lost', hold: true, releasedAt: null }]);
    const release = () => billed.admin('POST', `/billing/disputes/${dispute.id}/release`);
    expect(await release()).toMatchObject({ status: 200, body: { data: { id: dispute.id, status: 'lost', hold: false } } });
    await release();
    await billed.jobs?.reconcile();
    await billed.settled();
    expect(await list()).toMatchObject([{ hold: false, releasedAt: expect.any(String) }]);
    expect(await statusOf(bought.id)).toBe('enabled');
    expect(await checkoutState(open)).toMatchObject({ state: 'ready', claimable: true });
    await aCheckout(billed, { headers, email: BUYER_EMAIL });
    const { body } = await billed.admin('GET', `/audit?objectType=dispute&objectId=${dispute.id}`);
    expect(body.data).toMatchObject([{ action: 'dispute.release', actor: 'env' }]);
    expect((await billed.admin('GET', '/billing/drift')).body.data).toEqual([]);
  });

  test('is not released through an unknown dispute', async () => {
    await aHeldBuyer();
    expect(await billed.admin('POST', '/billing/disputes/dp_nowhere/release')).toMatchObject({ status: 404 });
  });
});
