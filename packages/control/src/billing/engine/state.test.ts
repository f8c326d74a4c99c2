import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { type BilledApp, billedApp } from '../testing/billed-app.ts';
import { aMappedPrice, buy } from '../testing/subscriber.ts';
import { startBilling } from './worker.ts';

let app: BilledApp;
afterEach(() => app.close());

test('events from a reconciliation are counted separately from those of webhooks', async () => {
  app = await billedApp();
  const jobs = app.jobs!;
  const price = await aMappedPrice(app);
  await buy(app, price);
  await app.settled();
  await jobs.reconcile();
  await app.settled();
  const before = structuredClone(jobs.state());
  expect(before.lastWebhookAt).toBeInstanceOf(Date);
  expect(before.lastReconciledAt).toBeInstanceOf(Date);

  app.sandbox.controls.delivery({ mode: 'drop' });
  await buy(app, price);
  const { events } = await jobs.reconcile();
  await app.settled();
  expect(events).toBeGreaterThan(0);
  expect(jobs.state().counters.caughtUp).toBe(before.counters.caughtUp + events);
  expect(jobs.state().lastWebhookAt).toEqual(before.lastWebhookAt);
  expect(jobs.state().lastReconciledAt!.getTime()).toBeGreaterThan(before.lastReconciledAt!.getTime());

  app.sandbox.controls.delivery({ mode: 'normal' });
  await buy(app, price);
  await app.settled();
  expect(await jobs.reconcile()).toMatchObject({ events: 0 });
  await app.settled();
  expect(jobs.state().counters.caughtUp).toBe(before.counters.caughtUp + events);
  expect(jobs.state().lastWebhookAt!.getTime()).toBeGreaterThan(before.lastWebhookAt!.getTime());
});

test('subscriptions are counted by access, only in this mode', async () => {
  app = await billedApp();
  const price = await aMappedPrice(app);
  await buy(app, price);
  await buy(app, price);
  const { customerId } = await buy(app, price);
  await app.settled();
  const { db } = app.database;
  await db.updateTable('subscriptions').set({ access: 'grace' }).where('customer_id', '=', customerId).execute();
  // The same subscriptions in another mode.
  await sql`insert into stripe_customers (mode, id, created_at) select 'live', id, created_at from stripe_customers`.execute(db);
  await sql`insert into subscriptions (mode, id, customer_id, status, access, anchor, created_at, synced_at)
    select 'live', id, customer_id, status, access, anchor, created_at, synced_at from subscriptions`.execute(db);
  await app.jobs!.stop();
  const jobs = startBilling(app.context);
  await jobs.idle();
  await jobs.stop();
  expect(jobs.state().subscriptions).toEqual({ active: 2, grace: 1, suspended: 0, revoked: 0, none: 0 });
});
