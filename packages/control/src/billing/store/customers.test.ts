import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import {
  type AcquiredLease,
  acquireCustomer,
  breakLeases,
  dueCustomers,
  failCustomer,
  lockCustomer,
  releaseCustomer,
  requestSyncByClock,
} from './customers.ts';
import { replayEvent, settleEvents, storeEvents, unsettledEventsOf } from './events.ts';

const NOW = new Date('2026-01-15T12:00:00Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

let database: FreshDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

const claim = (now = NOW, customerId = 'cus_1') =>
  acquireCustomer(database.db, { mode: 'test', customerId, now, until: new Date(now.getTime() + 60_000) });
const due = (now: Date) => dueCustomers(database.db, 'test', { now, limit: 10 });
const release = (lease: AcquiredLease, nextSyncAt: Date | null) =>
  database.db
    .transaction()
    .execute((tx) => releaseCustomer(tx, lease, { consumerId: null, deleted: false, testClock: 'clock_1', at: NOW, nextSyncAt }));
const arrive = (id: string, at = NOW) =>
  storeEvents(database.db, {
    mode: 'test',
    source: 'webhook',
    at,
    events: [
      {
        id,
        type: 'invoice.paid',
        apiVersion: null,
        objectType: 'invoice',
        objectId: 'in_1',
        customerId: 'cus_1',
        state: 'pending',
        createdAt: at,
      },
    ],
  });

test('only one of many concurrent workers acquires a customer', async () => {
  const claims = await Promise.all(Array.from({ length: 10 }, () => claim()));
  expect(claims.filter((one) => one !== null)).toHaveLength(1);
});

test('a leased customer is not due, and is due again when its lease expires', async () => {
  await arrive('evt_1');
  expect(await due(NOW)).toEqual(['cus_1']);
  await claim();
  expect(await due(after(59))).toEqual([]);
  expect(await due(after(60))).toEqual(['cus_1']);
});

test('a holder that lost its lease cannot write', async () => {
  const slow = (await claim())!;
  const quick = (await claim(after(60)))!;
  expect(quick.fence).toBeGreaterThan(slow.fence);
  await database.db.transaction().execute(async (tx) => {
    expect(await lockCustomer(tx, slow)).toBeNull();
    expect(await lockCustomer(tx, quick)).not.toBeNull();
  });
  expect(await failCustomer(database.db, slow, { error: 'late', nextSyncAt: after(1) })).toBe(false);
  await release(slow, null);
  expect(await claim(after(61))).toBeNull();
});

test('an event that arrives during a sync makes its customer due again', async () => {
  await arrive('evt_1');
  const lease = (await claim())!;
  await arrive('evt_2', after(1));
  await release(lease, after(3_600));
  expect(await due(after(1))).toEqual(['cus_1']);
});

test('a customer without new events is due when its grace period ends, or never', async () => {
  await release((await claim())!, after(3_600));
  expect(await due(after(3_599))).toEqual([]);
  expect(await due(after(3_600))).toEqual(['cus_1']);
  await release((await claim(after(3_600)))!, null);
  expect(await due(after(1e6))).toEqual([]);
});

test('an advanced test clock makes its customers due', async () => {
  await release((await claim())!, null);
  await release((await claim(NOW, 'cus_2'))!, null);
  await database.db.updateTable('stripe_customers').set({ test_clock: null }).where('id', '=', 'cus_2').execute();
  await requestSyncByClock(database.db, 'test', { testClock: 'clock_1', at: after(5) });
  expect(await due(after(5))).toEqual(['cus_1']);
});

test('a replay resets a settled event and requests a sync of its customer', async () => {
  await arrive('evt_1');
  await database.db.updateTable('stripe_events').set({ state: 'dead', attempts: 10 }).execute();
  await release((await claim())!, null);
  expect(await replayEvent(database.db, 'test', { id: 'evt_1', at: after(9) })).toBe(true);
  expect(await unsettledEventsOf(database.db, 'test', 'cus_1')).toMatchObject([{ id: 'evt_1', state: 'pending', attempts: 0 }]);
  expect(await due(after(9))).toEqual(['cus_1']);
  expect(await replayEvent(database.db, 'live', { id: 'evt_1', at: after(9) })).toBe(false);
});

test('a replay of an ignored event creates the missing row of its customer', async () => {
  await arrive('evt_1');
  await database.db.updateTable('stripe_events').set({ state: 'ignored' }).execute();
  await database.db.deleteFrom('stripe_customers').execute();
  expect(await replayEvent(database.db, 'test', { id: 'evt_1', at: after(9) })).toBe(true);
  expect(await due(after(9))).toEqual(['cus_1']);
});

test('a replay waits for a sync that locks the customer, and locks nothing that the sync needs', async () => {
  await arrive('evt_1');
  const lease = (await claim())!;
  let replay: Promise<boolean> | undefined;
  await database.db.transaction().execute(async (tx) => {
    await lockCustomer(tx, lease);
    replay = replayEvent(database.db, 'test', { id: 'evt_1', at: after(9) });
    const waiting = sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await waiting.execute(database.db)).rows).toHaveLength(1);
    await settleEvents(tx, 'test', { ids: ['evt_1'], at: NOW });
  });
  expect(await replay).toBe(true);
  expect(await unsettledEventsOf(database.db, 'test', 'cus_1')).toMatchObject([{ id: 'evt_1', state: 'pending' }]);
});

test('breaking leases ends every lease and requests a sync of its customer', async () => {
  const [held, free] = [(await claim())!, (await claim(NOW, 'cus_2'))!];
  await release(free, null);
  await breakLeases(database.db, 'test', after(1));
  expect(await due(after(1))).toEqual(['cus_1']);
  await database.db.transaction().execute(async (tx) => expect(await lockCustomer(tx, held)).toBeNull());
  expect((await claim(after(1)))?.fence).toBe(Number(held.fence) + 2);
});
