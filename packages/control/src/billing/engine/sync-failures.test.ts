import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../context.ts';
import type { Database } from '../../store/database.ts';
import { acquireCustomer } from '../store/customers.ts';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aMappedPrice, type Bought, buy, stored } from '../testing/subscriber.ts';
import { syncCustomer, trySync } from './sync.ts';

/** Without the worker: each test syncs customers itself. */
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

describe('a sync that is interrupted between fetch and commit', () => {
  /** The database; `before` runs before every transaction. */
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

  test('by an error writes nothing, counts the attempt, and the next sync writes everything', async () => {
    const purchase = await buy(app, price);
    const failing = interrupted(() => Promise.reject(new Error('interrupted')));
    await expect(syncCustomer(failing, purchase.customerId)).rejects.toThrow('interrupted');
    expect(await stored(app)).toMatchObject({ subscriptions: [], entitlements: [], consumers: [], customers: [{ failures: 1 }] });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
    expect((await stored(app)).customers).toMatchObject([{ failures: 0, last_error: null }]);
  });

  test('by a takeover writes nothing, and the state of the other sync stays', async () => {
    const purchase = await buy(app, price);
    const overtaken = interrupted(async () => {
      await app.database.db.updateTable('stripe_customers').set({ lease_until: null }).execute();
      app.sandbox.controls.cancel({ subscriptionId: purchase.subscriptionId });
      await sync(purchase);
    });
    expect(await trySync(overtaken, purchase.customerId)).toBeNull();
    expect(await stored(app)).toMatchObject({ subscriptions: [{ access: 'revoked' }], entitlements: [], consumers: [] });
  });

  test('by a crash leaves a lease that expires, and the customer becomes due again', async () => {
    const purchase = await buy(app, price);
    const now = new Date(app.context.clock.now() - 61_000);
    const until = new Date(now.getTime() + 60_000);
    await acquireCustomer(app.database.db, { mode: 'sandbox', customerId: purchase.customerId, now, until });
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
  });
});

describe('when Stripe', () => {
  // Stripe's client retries twice after a 500.
  test.each([
    [500, 3],
    [429, 1],
  ] as const)('returns %d, the attempt is counted, and the next one succeeds', async (status, times) => {
    const purchase = await buy(app, price);
    app.sandbox.controls.failRequests({ with: status, times, path: '/v1/subscriptions' });
    await expect(sync(purchase)).rejects.toMatchObject({ code: 'STRIPE_UNAVAILABLE' });
    expect((await stored(app)).customers).toMatchObject([{ failures: 1, lease_until: null }]);
    expect(app.logged()).not.toContain(app.sandbox.secretKey);
    await sync(purchase);
    expect(await accessOf(purchase)).toBe('active');
  });
});
