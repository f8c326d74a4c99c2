import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import { trackedCustomers } from './customers.ts';
import { deleteExpired } from './retention.ts';

const NOW = new Date('2026-06-15T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

let database: FreshDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

const customer = (id: string, parts: { created_at?: Date; wanted_at?: Date; lease_until?: Date; mode?: 'test' | 'live' } = {}) =>
  database.db
    .insertInto('stripe_customers')
    .values({ mode: 'test', id, created_at: daysAgo(31), ...parts })
    .execute();
const checkout = (session: string, state: 'open' | 'expired' | 'complete', parts: { created_at?: Date; customer_id?: string } = {}) =>
  database.db
    .insertInto('checkouts')
    .values({ mode: 'test', session_id: session, plan_id: 'pro', nonce_hash: '', state, created_at: daysAgo(31), ...parts })
    .execute();
const ids = async (table: 'stripe_customers' | 'stripe_events') =>
  (await database.db.selectFrom(table).select('id').orderBy('id').execute()).map(({ id }) => id);
const cleanUp = () => deleteExpired(database.db, 'test', NOW);

async function aCustomerWithEach() {
  const { db } = database;
  await db.insertInto('consumers').values({ id: 'con_1', name: 'one' }).execute();
  for (const id of ['cus_bought', 'cus_checkout', 'cus_consumer', 'cus_nothing', 'cus_subscription']) await customer(id);
  await db.updateTable('stripe_customers').set({ consumer_id: 'con_1' }).where('id', '=', 'cus_consumer').execute();
  await checkout('cs_1', 'complete', { customer_id: 'cus_checkout' });
  const times = { anchor: NOW, created_at: NOW, synced_at: NOW };
  await db
    .insertInto('subscriptions')
    .values({ mode: 'test', id: 'sub_1', customer_id: 'cus_subscription', status: 'active', access: 'none', ...times })
    .execute();
  await db
    .insertInto('disputes')
    .values({ mode: 'test', id: 'dp_1', customer_id: 'cus_bought', status: 'lost', hold: true, created_at: NOW, synced_at: NOW })
    .execute();
}

test('a tracked customer has a consumer, a stored subscription or a checkout that was started here', async () => {
  await aCustomerWithEach();
  const found: string[] = [];
  for await (const id of trackedCustomers(database.db, 'test')) found.push(id);
  expect(found).toEqual(['cus_checkout', 'cus_consumer', 'cus_subscription']);
});

test('only untracked customers without a requested sync are deleted after 30 days', async () => {
  await aCustomerWithEach();
  await customer('cus_young', { created_at: daysAgo(29) });
  await customer('cus_wanted', { wanted_at: NOW });
  await customer('cus_held', { lease_until: NOW });
  await customer('cus_of_live', { mode: 'live' });
  await cleanUp();
  expect(await ids('stripe_customers')).toEqual([
    'cus_bought',
    'cus_checkout',
    'cus_consumer',
    'cus_held',
    'cus_of_live',
    'cus_subscription',
    'cus_wanted',
    'cus_young',
  ]);
});

test('unpaid checkouts are deleted after 30 days together with their customers', async () => {
  await customer('cus_1');
  await checkout('cs_open', 'open', { customer_id: 'cus_1' });
  await checkout('cs_expired', 'expired');
  await checkout('cs_paid', 'complete');
  await checkout('cs_young', 'expired', { created_at: daysAgo(29) });
  await cleanUp();
  const left = await database.db.selectFrom('checkouts').select('session_id').orderBy('session_id').execute();
  expect(left.map(({ session_id }) => session_id)).toEqual(['cs_paid', 'cs_young']);
  expect(await ids('stripe_customers')).toEqual([]);
});

test('settled events are kept for 35 days, and unsettled ones until they are settled', async () => {
  const event = (id: string, state: 'pending' | 'done' | 'ignored' | 'dead', days: number) =>
    database.db
      .insertInto('stripe_events')
      .values({
        mode: 'test',
        id,
        type: 'invoice.paid',
        object_type: 'invoice',
        object_id: 'in_1',
        source: 'webhook',
        state,
        created_at: NOW,
        received_at: daysAgo(days),
      })
      .execute();
  await event('evt_dead', 'dead', 36);
  await event('evt_done', 'done', 36);
  await event('evt_ignored', 'ignored', 36);
  await event('evt_pending', 'pending', 36);
  await event('evt_young', 'done', 34);
  await cleanUp();
  expect(await ids('stripe_events')).toEqual(['evt_dead', 'evt_pending', 'evt_young']);
});

test('drift and flags are kept for 400 days', async () => {
  const { db } = database;
  for (const days of [401, 399]) {
    const at = daysAgo(days);
    await db
      .insertInto('billing_drift')
      .values({ mode: 'test', at, customer_id: `cus_${days}`, consumer_id: null, differences: '[]' })
      .execute();
    await db
      .insertInto('billing_flags')
      .values({ mode: 'test', kind: 'refund', object_id: `ch_${days}`, customer_id: null, detail: '', at })
      .execute();
  }
  await cleanUp();
  expect(await db.selectFrom('billing_drift').select('customer_id').execute()).toEqual([{ customer_id: 'cus_399' }]);
  expect(await db.selectFrom('billing_flags').select('object_id').execute()).toEqual([{ object_id: 'ch_399' }]);
});
