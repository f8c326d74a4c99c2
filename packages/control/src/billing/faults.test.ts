import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { syncCustomer } from './sync.ts';
import { type BilledApp, billedApp } from './testing/billed-app.ts';
import { aMappedPrice, type Bought, buy, stored } from './testing/subscriber.ts';

const DAY = 86_400;
const RUNS = 12;

let app: BilledApp;
let prices: string[];
beforeAll(async () => {
  app = await billedApp();
  prices = [await aMappedPrice(app), await aMappedPrice(app, 'enterprise', 49_900)];
  await app.settled();
});
afterAll(() => app.close());

/** What a consumer, its bank or the network may do, in any order. */
const ACTIONS = [
  'buy',
  'buyAgain',
  'fail',
  'pay',
  'days',
  'cancel',
  'reprice',
  'dispute',
  'win',
  'hold',
  'drop',
  'normal',
  'scatter',
  'limited',
  'broken',
  'look',
] as const;
type Action = (typeof ACTIONS)[number];

interface Run {
  bought: Bought[];
  disputes: string[];
}

async function act(action: Action, { bought, disputes }: Run): Promise<void> {
  const { controls } = app.sandbox;
  const last = bought.at(-1);
  if (action === 'buy' || last === undefined) return void bought.push(await buy(app, prices[0]!));
  const { customerId, subscriptionId } = last;
  switch (action) {
    case 'buyAgain':
      return void bought.push(await buy(app, prices[1]!, customerId));
    case 'fail':
      return void controls.failPayments({ customerId, times: 9 });
    case 'pay':
      controls.failPayments({ customerId, times: 0 });
      return void controls.payOpenInvoices({ customerId });
    case 'days':
      return void controls.advance({ seconds: 8 * DAY });
    case 'cancel':
    case 'reprice': {
      const found = await app.context.billing!.stripe.subscriptions.retrieve(subscriptionId).catch(() => null);
      if (found === null || found.status === 'canceled') return;
      if (action === 'cancel') return void controls.cancel({ subscriptionId });
      return void controls.changePrice({ subscriptionId, priceId: prices[1]!, anchor: 'unchanged' });
    }
    case 'dispute':
      return void disputes.push(controls.openDispute({ customerId }).id);
    case 'win':
      return void (disputes.length > 0 && controls.setDispute({ disputeId: disputes.at(-1)!, status: 'won' }));
    case 'hold':
    case 'drop':
    case 'normal':
      return void controls.delivery({ mode: action });
    case 'scatter':
      return void controls.delivery({ mode: 'normal', shuffle: true, times: 2 });
    case 'limited':
      return void controls.failRequests({ with: 429, times: 2, path: '/v1/subscriptions' });
    case 'broken':
      return void controls.failRequests({ with: 500, times: 2, path: '/v1/customers/' });
    case 'look':
      await syncCustomer(app.context, customerId).catch(() => null);
  }
}

/** No fault is left over. */
function quiet(): void {
  const { controls } = app.sandbox;
  controls.delivery({ mode: 'normal' });
  for (const path of ['/v1/subscriptions', '/v1/customers/']) controls.failRequests({ with: 500, times: 0, path });
}

async function settle(actions: readonly Action[]): Promise<void> {
  quiet();
  await app.settled();
  if (actions.includes('drop')) await app.jobs!.reconcile();
  const open = async () => {
    await app.settled();
    return app.database.db.selectFrom('stripe_events').select('id').where('state', 'in', ['pending', 'dead']).execute();
  };
  await expect.poll(open, { timeout: 20_000 }).toEqual([]);
}

test('whatever consumers do and the network loses, once it is quiet what is stored is what Stripe says', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...ACTIONS), { minLength: 3, maxLength: 12 }), async (actions) => {
      const run: Run = { bought: [], disputes: [] };
      quiet();
      for (const action of actions) await act(action, run);
      await settle(actions);
      for (const { customerId } of run.bought) expect(await syncCustomer(app.context, customerId)).toMatchObject({ changed: false });
      const { subscriptions, entitlements } = await stored(app);
      for (const { subscriptionId } of run.bought) {
        const row = subscriptions.find(({ id }) => id === subscriptionId);
        const { status } = await app.context.billing!.stripe.subscriptions.retrieve(subscriptionId);
        expect(row?.status).toBe(status);
        const slots = entitlements.filter(({ subscription_id }) => subscription_id === subscriptionId);
        expect(slots.map(({ access }) => access)).toEqual(row?.entitlement_id == null ? [] : [row.access]);
        if (row?.access !== 'revoked') expect(slots).toHaveLength(1);
      }
    }),
    { numRuns: RUNS },
  );
});
