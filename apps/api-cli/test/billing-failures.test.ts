import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus } from './support/api.ts';
import { aSellingProduct, type Purchase, type SellingProduct, until } from './support/selling.ts';

let t: SellingProduct;
beforeAll(async () => {
  t = await aSellingProduct();
});
afterAll(() => t.stop());

const flags = async (objectId: string): Promise<string[]> => {
  const { data } = (await t.admin('GET', '/billing/flags?limit=1000')).body;
  return data.filter((flag: { objectId: string }) => flag.objectId === objectId).map(({ kind }: { kind: string }) => kind);
};
const setStatus = async ({ subscriptionId }: Purchase, status: string) => {
  t.sandbox.controls.setStatus({ subscriptionId, status });
  await t.settled();
};

describe('a dispute', () => {
  it('suspends every key of its consumer, including keys of other subscriptions, until it is won', async () => {
    const bought = await t.buy();
    const second = await t.buy('pro', { authorization: `Bearer ${bought.key}` });
    expect(second.customerId).toBe(bought.customerId);
    const { id } = t.sandbox.controls.openDispute(bought);
    await t.settled();
    expect([await t.verdict(bought.key), await t.verdict(second.key)]).toEqual(['403 KEY_SUSPENDED', '403 KEY_SUSPENDED']);
    t.sandbox.controls.setDispute({ disputeId: id, status: 'won' });
    await t.settled();
    expect([await t.verdict(bought.key), await t.verdict(second.key)]).toEqual(['200', '200']);
  });

  it('and a second one suspend the key until both are won', async () => {
    const [lost, won] = [await t.buy(), await t.buy()];
    const open = ({ customerId }: Purchase) => t.sandbox.controls.openDispute({ customerId }).id;
    const cases = [
      { bought: lost, results: ['won', 'lost'], disputes: [open(lost), open(lost)], verdict: '403 KEY_SUSPENDED' },
      { bought: won, results: ['won', 'won'], disputes: [open(won), open(won)], verdict: '200' },
    ];
    await t.settled();
    for (const { bought, results, disputes, verdict } of cases) {
      expect(await t.verdict(bought.key)).toBe('403 KEY_SUSPENDED');
      t.sandbox.controls.setDispute({ disputeId: disputes[0] as string, status: results[0] as string });
      await t.settled();
      expect(await t.verdict(bought.key), 'one dispute is open').toBe('403 KEY_SUSPENDED');
      t.sandbox.controls.setDispute({ disputeId: disputes[1] as string, status: results[1] as string });
      await t.settled();
      expect(await t.verdict(bought.key)).toBe(verdict);
    }
  });

  it('differs from a refund, which is flagged and suspends nothing', async () => {
    const bought = await t.buy();
    t.sandbox.controls.refund(bought);
    await t.settled();
    const { data } = (await t.admin('GET', '/billing/flags')).body;
    expect(data).toContainEqual(expect.objectContaining({ kind: 'refund', customerId: bought.customerId }));
    expect(await t.verdict(bought.key)).toBe('200');
  });
});

describe('a subscription', () => {
  it.each([
    ['unpaid', '403 KEY_SUSPENDED'],
    ['paused', '403 KEY_SUSPENDED'],
    ['incomplete', '401 INVALID_KEY'],
    ['incomplete_expired', '401 INVALID_KEY'],
  ])('that becomes %s makes calls return %s, and 200 once it is active again', async (status, verdict) => {
    const bought = await t.buy();
    await setStatus(bought, status);
    expect(await t.verdict(bought.key)).toBe(verdict);
    await setStatus(bought, 'active');
    expect(await t.verdict(bought.key)).toBe('200');
  });

  it('with an unknown status keeps its access, active or suspended, and is flagged', async () => {
    const bought = await t.buy();
    await setStatus(bought, 'hibernating');
    expect(await t.verdict(bought.key)).toBe('200');
    expect(await flags(bought.subscriptionId)).toContain('unknown_status');
    await setStatus(bought, 'unpaid');
    await setStatus(bought, 'hibernating');
    expect(await t.verdict(bought.key)).toBe('403 KEY_SUSPENDED');
  });

  it('at a price not linked to a plan keeps its limits and is flagged', async () => {
    const bought = await t.buy(await t.sell({ quota: 2 }));
    const product = await t.stripe.products.create({ name: 'created manually' });
    const price = await t.stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 5,
      recurring: { interval: 'month' },
    });
    t.sandbox.controls.changePrice({ subscriptionId: bought.subscriptionId, priceId: price.id, anchor: 'unchanged' });
    await t.settled();
    expect(await flags(bought.subscriptionId)).toContain('unmapped_price');
    const verdicts = [await t.verdict(bought.key), await t.verdict(bought.key), await t.verdict(bought.key)];
    expect(verdicts).toEqual(['200', '200', '429 QUOTA_EXCEEDED']);
  });

  it('of a deleted customer is canceled, and its key is unknown', async () => {
    const bought = await t.buy();
    await t.stripe.customers.del(bought.customerId);
    await t.settled();
    expect(await t.verdict(bought.key)).toBe('401 INVALID_KEY');
  });
});

describe('while Stripe', () => {
  it.each([500, 429] as const)('returns %s, keys keep their status, and changes take effect when it recovers', async (status) => {
    const bought = await t.buy();
    t.sandbox.controls.failRequests({ with: status, times: 1_000 });
    t.sandbox.controls.setStatus({ subscriptionId: bought.subscriptionId, status: 'unpaid' });
    const synced = await t.admin('POST', `/billing/sync/${bought.consumerId}`);
    expect(synced).toMatchObject({ status: 503, body: { code: 'STRIPE_UNAVAILABLE' } });
    expect(JSON.stringify(synced.body)).not.toContain(t.sandbox.secretKey);
    expect(await t.verdict(bought.key)).toBe('200');
    t.sandbox.controls.failRequests({ with: status, times: 0 });
    await until(async () => (await t.verdict(bought.key)) === '403 KEY_SUSPENDED');
    await t.settled();
    expect((await t.admin('GET', '/billing')).body.data.inbox).toEqual({ pending: 0, dead: 0 });
  });

  it('does not respond, the request is retried', async () => {
    const bought = await t.buy();
    t.sandbox.controls.failRequests({ with: 'timeout', times: 1 });
    t.sandbox.controls.setStatus({ subscriptionId: bought.subscriptionId, status: 'unpaid' });
    expect(await t.verdict(bought.key)).toBe('200');
    await until(async () => (await t.verdict(bought.key)) === '403 KEY_SUSPENDED');
    expect(await expectStatus(t.admin('POST', `/billing/sync/${bought.consumerId}`), 200)).toBeDefined();
  });

  it('delivers no event for two days, keys keep their status, and a reconciliation then applies the missed changes', async () => {
    const [cancelled, disputed, unpaid, paying] = [await t.buy(), await t.buy(), await t.buy(), await t.buy()];
    const all = [cancelled, disputed, unpaid, paying];
    t.sandbox.controls.delivery({ mode: 'drop' });
    await t.stripe.subscriptions.cancel(cancelled.subscriptionId);
    t.sandbox.controls.openDispute(disputed);
    t.sandbox.controls.setStatus({ subscriptionId: unpaid.subscriptionId, status: 'unpaid' });
    await t.advance(2 * 86_400);
    const verdicts = () => Promise.all(all.map(({ key }) => t.verdict(key)));
    expect(await verdicts()).toEqual(['200', '200', '200', '200']);
    t.sandbox.controls.delivery({ mode: 'normal' });
    await expectStatus(t.admin('POST', '/billing/reconcile'), 202);
    await until(async () => (await t.admin('GET', '/billing')).body.data.reconcile?.finishedAt != null);
    await t.settled();
    expect(await verdicts()).toEqual(['401 INVALID_KEY', '403 KEY_SUSPENDED', '403 KEY_SUSPENDED', '200']);
    const { drift, inbox } = (await t.admin('GET', '/billing')).body.data;
    expect({ drift: drift.total, dead: inbox.dead }, 'the events account for every change').toEqual({ drift: 0, dead: 0 });
  });
});
