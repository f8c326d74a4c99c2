import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aCheckout, aPurchase, checkoutState, claim } from '../testing/purchase.ts';

let billed: BilledApp;
beforeEach(async () => {
  billed = await billedApp();
});
afterEach(() => billed.close());

const keysOf = async (entitlementId: string) =>
  billed.database.db
    .selectFrom('keys')
    .select(['id', 'operator_status as operatorStatus'])
    .where('entitlement_id', '=', entitlementId)
    .orderBy('created_at')
    .execute();
const me = (key: string) => billed.browser().get('/api/admin/keys/me', { authorization: `Bearer ${key}` });

describe('claiming a key', () => {
  test('returns a working key once the checkout is paid', async () => {
    const purchase = await aCheckout(billed);
    expect(await checkoutState(purchase)).toEqual({ state: 'open', plan: 'pro', claimable: false });
    expect(await claim(purchase)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_NOT_COMPLETE' } });
    await billed.sandbox.controls.pay({ sessionId: purchase.sessionId, outcome: 'pays' });
    await billed.settled();
    expect(await checkoutState(purchase)).toEqual({ state: 'ready', plan: 'pro', claimable: true });
    const reply = await claim(purchase);
    expect(reply).toMatchObject({
      status: 201,
      headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
      body: { data: { key: expect.stringMatching(/^af_test_/), plan: 'pro', status: 'enabled' } },
    });
    expect(await me(reply.body.data.key)).toMatchObject({ status: 200, body: { data: { plan: 'pro' } } });
    const audit = await billed.admin('GET', `/audit?objectType=key&objectId=${reply.body.data.id}`);
    expect(audit.body.data).toMatchObject([{ actor: 'buyer', action: 'key.create' }]);
    expect(JSON.stringify(audit.body)).not.toContain(reply.body.data.key);
  });

  test('with only the session id is refused like an unknown session', async () => {
    const { sessionId } = await aPurchase(billed);
    const stranger = await billed.browser().post('/api/billing/claim', { sessionId });
    const nowhere = await billed.browser().post('/api/billing/claim', { sessionId: 'cs_test_nowhere' });
    expect(stranger).toMatchObject({ status: 403, body: { code: 'CLAIM_REFUSED' } });
    const without = ({ body }: { body: object }) => ({ ...body, meta: null });
    expect(without(nowhere)).toEqual(without(stranger));
    expect(await checkoutState({ buyer: billed.browser(), sessionId })).toEqual({ state: 'ready', plan: 'pro', claimable: false });
  });

  test('with the cookie of another checkout is refused', async () => {
    const [mine, other] = [await aPurchase(billed), await aCheckout(billed)];
    const [cookie] = [...other.buyer.cookies];
    const [name] = [...mine.buyer.cookies.keys()];
    const thief = billed.browser();
    thief.cookies.set(name ?? '', cookie?.[1] ?? { value: '', path: '/' });
    expect((await claim({ ...mine, buyer: thief })).body.code).toBe('CLAIM_REFUSED');
    for (const value of ['', 'x', '%00']) {
      thief.cookies.set(name ?? '', { value, path: '/api/billing' });
      expect((await claim({ ...mine, buyer: thief })).body.code).toBe('CLAIM_REFUSED');
    }
  });

  test('again before the first use revokes the previous key, so that a lost response loses no purchase', async () => {
    const purchase = await aPurchase(billed);
    const lost = (await claim(purchase)).body.data;
    expect(await checkoutState(purchase)).toMatchObject({ state: 'ready', claimable: true });
    const kept = (await claim(purchase)).body.data;
    expect([(await me(lost.key)).status, (await me(kept.key)).status]).toEqual([401, 200]);
    expect(await keysOf(kept.entitlementId)).toEqual([
      { id: lost.id, operatorStatus: 'revoked' },
      { id: kept.id, operatorStatus: 'enabled' },
    ]);
  });

  test('many times in parallel leaves one key enabled', async () => {
    const purchase = await aPurchase(billed);
    const replies = await Promise.all(Array.from({ length: 8 }, () => claim(purchase)));
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(201));
    const keys = await keysOf(replies[0]?.body.data.entitlementId);
    expect(keys.map(({ operatorStatus }) => operatorStatus).sort()).toEqual(['enabled', ...Array(7).fill('revoked')]);
    const statuses = await Promise.all(replies.map(async ({ body }) => (await me(body.data.key)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test('after the first use is refused, for usage in the gateway and for shipped usage', async () => {
    const [seen, shipped] = [await aPurchase(billed), await aPurchase(billed)];
    const first = (await claim(seen)).body.data;
    billed.live.set(first.entitlementId, { quotaRemaining: 1, rateRemaining: 1, rateResetSeconds: 1 });
    expect(await claim(seen)).toMatchObject({ status: 409, body: { code: 'KEY_CLAIMED' } });
    expect(await checkoutState(seen)).toMatchObject({ state: 'claimed', claimable: false });

    const second = (await claim(shipped)).body.data;
    await ledgerRow(second.id);
    expect(await claim(shipped)).toMatchObject({ status: 409, body: { code: 'KEY_CLAIMED' } });
    expect((await me(second.key)).status).toBe(200);
  });

  test('ignores the use of another key of the entitlement', async () => {
    const purchase = await aPurchase(billed);
    const lost = (await claim(purchase)).body.data;
    await billed.admin('POST', '/keys', { name: 'by the operator', entitlementId: lost.entitlementId });
    billed.live.set(lost.entitlementId, { quotaRemaining: 1, rateRemaining: 1, rateResetSeconds: 1 });
    const kept = await claim(purchase);
    expect(kept.status).toBe(201);
    await ledgerRow(kept.body.data.id);
    expect(await claim(purchase)).toMatchObject({ status: 409, body: { code: 'KEY_CLAIMED' } });
  });

  test.each(['suspend', 'revoke', 'rotate'])('is refused after the operator action %s', async (verb) => {
    const purchase = await aPurchase(billed);
    const { id, entitlementId } = (await claim(purchase)).body.data;
    expect((await billed.admin('POST', `/keys/${id}/${verb}`, verb === 'rotate' ? {} : undefined)).status).toBeLessThan(300);
    const before = await keysOf(entitlementId);
    expect(await claim(purchase)).toMatchObject({ status: 409, body: { code: 'KEY_CLAIMED' } });
    expect(await keysOf(entitlementId)).toEqual(before);
  });

  test('with a forged Host header changes neither URLs nor cookie', async () => {
    const buyer = billed.browser();
    const reply = await buyer.post('/api/billing/checkout', { plan: 'pro' }, { host: 'evil.example', 'x-forwarded-host': 'evil.example' });
    expect(reply.status).toBe(201);
    expect(reply.text + JSON.stringify(reply.headers)).not.toContain('evil.example');
    const session = await billed.context.billing?.stripe.checkout.sessions.retrieve(reply.body.data.sessionId);
    expect(session?.success_url).toBe(`${billed.url}/checkout/done?session_id={CHECKOUT_SESSION_ID}`);
    expect(session?.cancel_url).toBe(`${billed.url}/checkout?plan=pro`);
  });

  test('after the subscription was canceled returns no key', async () => {
    const purchase = await aPurchase(billed);
    const { db } = billed.database;
    const { id } = await db.selectFrom('subscriptions').select('id').executeTakeFirstOrThrow();
    await billed.context.billing?.stripe.subscriptions.cancel(id);
    await billed.settled();
    expect(await claim(purchase)).toMatchObject({ status: 409, body: { code: 'CHECKOUT_NOT_COMPLETE' } });
    expect(await checkoutState(purchase)).toMatchObject({ state: 'expired', claimable: false });
  });
});

async function ledgerRow(keyId: string): Promise<void> {
  const { db } = billed.database;
  const { entitlement_id } = await db.selectFrom('keys').select('entitlement_id').where('id', '=', keyId).executeTakeFirstOrThrow();
  const period = { period_id: `period_${keyId}`, entitlement_id, starts_at: new Date(0), ends_at: new Date(1) };
  await db.insertInto('quotas').values(period).execute();
  await db
    .insertInto('ledger')
    .values({ period_id: period.period_id, key_id: keyId, calls: 1, units: 1, last_used_at: new Date(0) })
    .execute();
}
