import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../context.ts';
import type { Database } from '../../store/database.ts';
import { claimCustomer } from '../store/customers.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { syncCustomer, trySync } from './sync.ts';

/** Without the worker: each test says itself when a customer is looked at. */
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
const _slotOf = async ({ subscriptionId }: Bought) => {
  const { entitlements } = await stored(app);
  return entitlements.find(({ subscription_id }) => subscription_id === subscriptionId);
};

describe('when a look ends between fetch and commit', () => {
  /** The database, save that `before` runs ahead of every transaction. */
  const interrupted = (before: () => Promise<void>): Context => {
    const db = new Proxy(app.database.db, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'transaction') return typeof value === 'function' ? value.bind(target) : value;
        return () => ({ execute: (work: never) => before().then(() => target.transaction().execute(work)) });
      },
    }) as Database;
    return { ...app.context, db };
  };

  test('because it fails, nothing is written, the attempt counts, and the next one does all', async () => {
    const purchase = await buy(app, price);
    const dying = interrupted(() => Promise.reject(new Error('struck by lightning')));
    await expect(syncCustomer(dying, purchase.customerId)).rejects.toThrow('struck by lightning');
    expect(await stored(app)).toMatchObject({ subscriptions: [], entitlements: [], consumers: [], customers: [{ failures: 1 }] });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
    expect((await stored(app)).customers).toMatchObject([{ failures: 0, last_error: null }]);
  });

  test('because another took over, only what the other found is written', async () => {
    const purchase = await buy(app, price);
    const overtaken = interrupted(async () => {
      await app.database.db.updateTable('stripe_customers').set({ lease_until: null }).execute();
      app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
      await sync(purchase);
    });
    expect(await trySync(overtaken, purchase.customerId)).toBeNull();
    expect(await stored(app)).toMatchObject({ subscriptions: [{ access: 'revoked' }], entitlements: [], consumers: [] });
  });

  test('because the process died, its lease ends and the customer is due again', async () => {
    const purchase = await buy(app, price);
    const now = new Date(app.context.clock.now() - 61_000);
    const until = new Date(now.getTime() + 60_000);
    await claimCustomer(app.database.db, { mode: 'sandbox', customerId: purchase.customerId, now, until });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
  });
});

describe('when Stripe', () => {
  // The client itself repeats after 500, twice.
  test.each([
    [500, 3],
    [429, 1],
  ] as const)('answers %d, the attempt is counted, and the next one succeeds', async (status, times) => {
    const purchase = await buy(app, price);
    app.sandbox.controls.failRequests({ with: status, times, path: '/v1/subscriptions' });
    await expect(sync(purchase)).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE' });
    expect((await stored(app)).customers).toMatchObject([{ failures: 1, lease_until: null }]);
    expect(app.logged()).not.toContain(app.sandbox.secretKey);
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
  });
});
