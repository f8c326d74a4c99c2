import { afterEach, describe, expect, test } from 'vitest';
import { type BilledApp, type BilledOptions, billedApp } from '../testing/billed-app.ts';
import { aBoughtKey } from '../testing/purchase.ts';

let billed: BilledApp;
afterEach(() => billed.close());
const start = async (options: BilledOptions = {}) => {
  billed = await billedApp(options);
};
const data = async (method: string, path: string) => (await billed.admin(method, `/billing${path}`)).body.data;

describe('the operator’s view of billing', () => {
  test('requires the operator key', async () => {
    await start();
    const { key } = await aBoughtKey(billed);
    for (const path of ['', '/events', '/subscriptions', '/drift', '/flags']) {
      for (const headers of [{}, { authorization: `Bearer ${key}` }] as Record<string, string>[]) {
        expect((await billed.browser().get(`/api/admin/billing${path}`, headers)).status).toBe(401);
      }
    }
  });

  test('shows mode, webhook health and the inbox, and paginates events and subscriptions', async () => {
    await start();
    const { consumerId } = await aBoughtKey(billed);
    expect(await data('GET', '')).toMatchObject({
      mode: 'sandbox',
      keyMode: 'test',
      webhook: { secrets: 1, lastReceivedAt: expect.any(String), lastRefusedAt: null },
      inbox: { pending: 0, dead: 0 },
      drift: { total: 0, lastAt: null },
      sandboxUrl: billed.sandbox.url,
      graceDays: 7,
    });
    const all = await data('GET', '/events?limit=1000');
    expect(all.map(({ type }: { type: string }) => type)).toContain('checkout.session.completed');
    const first = (await billed.admin('GET', '/billing/events?limit=2')).body;
    const second = (await billed.admin('GET', `/billing/events?limit=2&cursor=${first.meta.pagination.cursor}`)).body;
    expect([...first.data, ...second.data]).toEqual(all.slice(0, 4));
    expect(await data('GET', '/events?state=dead')).toEqual([]);
    expect(await data('GET', `/subscriptions?consumer=${consumerId}&access=active`)).toMatchObject([
      { plan: 'pro', status: 'active', consumerId },
    ]);
    expect(await data('GET', '/subscriptions?access=grace')).toEqual([]);
  });

  test('replays an event, and returns 404 for an unknown one', async () => {
    await start();
    await aBoughtKey(billed);
    const [{ id }] = await data('GET', '/events?state=done&limit=1');
    expect(await data('POST', `/events/${id}/replay`)).toMatchObject({ id, attempts: 0 });
    await billed.settled();
    expect((await data('GET', '/events')).find((event: { id: string }) => event.id === id)).toMatchObject({ state: 'done' });
    expect(await billed.admin('POST', '/billing/events/evt_nowhere/replay')).toMatchObject({ status: 404 });
  });

  test('syncs a consumer whose events were lost', async () => {
    await start();
    const { consumerId } = await aBoughtKey(billed);
    billed.sandbox.controls.delivery({ mode: 'drop' });
    const [{ id }] = await data('GET', '/subscriptions');
    await billed.context.billing?.stripe.subscriptions.cancel(id);
    expect(await data('POST', `/sync/${consumerId}`)).toMatchObject({ subscriptions: [{ id, access: 'revoked' }] });
    expect(await billed.admin('POST', '/billing/sync/con_nowhere')).toMatchObject({ status: 404 });
    const other = (await billed.admin('POST', '/consumers', { name: 'other' })).body.data;
    expect(await billed.admin('POST', `/billing/sync/${other.id}`)).toMatchObject({ status: 409, body: { code: 'NO_SUBSCRIPTION' } });
  });

  test('starts a sweep that reports drift', async () => {
    await start();
    await aBoughtKey(billed);
    await billed.database.db.updateTable('subscriptions').set({ access: 'suspended' }).execute();
    expect(await billed.admin('POST', '/billing/reconcile')).toMatchObject({ status: 202, body: { data: { finishedAt: null } } });
    await billed.jobs?.reconcile();
    expect(await data('GET', '')).toMatchObject({
      drift: { total: 1, lastAt: expect.any(String) },
      reconcile: { finishedAt: expect.any(String) },
    });
    expect(await data('GET', '/drift')).toMatchObject([{ differences: [expect.any(Object)] }]);
    expect(await data('GET', '/subscriptions')).toMatchObject([{ access: 'active' }]);
  });
});

describe('POST /api/admin/billing/test-webhook', () => {
  test('sends a signed event over HTTP that is accepted and changes nothing', async () => {
    await start();
    const { status, eventId, milliseconds } = await data('POST', '/test-webhook');
    expect([status, milliseconds >= 0]).toEqual([200, true]);
    expect((await data('GET', '/events')).find(({ id }: { id: string }) => id === eventId)).toMatchObject({
      type: 'api_factory.test',
      state: 'ignored',
    });
    expect((await data('GET', '')).webhook).toMatchObject({ lastReceivedAt: null, lastEventAt: null });
  });

  test('is refused in live mode, and reports no response at an unreachable address', async () => {
    await start({ mode: 'live', jobs: false });
    expect(await billed.admin('POST', '/billing/test-webhook')).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    await billed.close();
    await start({ publicUrl: 'http://127.0.0.1:1' });
    expect(await data('POST', '/test-webhook')).toMatchObject({ status: 0 });
  });
});
