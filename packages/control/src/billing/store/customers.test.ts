import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import {
  type Claim,
  claimCustomer,
  dueCustomers,
  giveUpCustomer,
  lockCustomer,
  releaseCustomer,
  takeOverCustomers,
  wantByClock,
} from './customers.ts';
import { openEventsOf, replayEvent, settleEvents, storeEvents } from './events.ts';

const NOW = new Date('2026-01-15T12:00:00Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

let database: FreshDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

const claim = (now = NOW, customerId = 'cus_1') =>
  claimCustomer(database.db, { mode: 'test', customerId, now, until: new Date(now.getTime() + 60_000) });
const due = (now: Date) => dueCustomers(database.db, 'test', { now, limit: 10 });
const release = (holder: Claim, nextLookAt: Date | null) =>
  database.db
    .transaction()
    .execute((tx) => releaseCustomer(tx, holder, { consumerId: null, deleted: false, testClock: 'clock_1', at: NOW, nextLookAt }));
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

test('of many who want a customer at once, one gets it', async () => {
  const claims = await Promise.all(Array.from({ length: 10 }, () => claim()));
  expect(claims.filter((one) => one !== null)).toHaveLength(1);
});

test('a customer that is looked at is not due, and is due again when its lease ends without a word', async () => {
  await arrive('evt_1');
  expect(await due(NOW)).toEqual(['cus_1']);
  await claim();
  expect(await due(after(59))).toEqual([]);
  expect(await due(after(60))).toEqual(['cus_1']);
});

test('one whose lease ran out and who was overtaken can write nothing', async () => {
  const slow = (await claim())!;
  const quick = (await claim(after(60)))!;
  expect(quick.fence).toBeGreaterThan(slow.fence);
  await database.db.transaction().execute(async (tx) => {
    expect(await lockCustomer(tx, slow)).toBeNull();
    expect(await lockCustomer(tx, quick)).not.toBeNull();
  });
  expect(await giveUpCustomer(database.db, slow, { error: 'late', nextLookAt: after(1) })).toBe(false);
  await release(slow, null);
  expect(await claim(after(61))).toBeNull();
});

test('an event that comes while its customer is looked at makes it due again', async () => {
  await arrive('evt_1');
  const holder = (await claim())!;
  await arrive('evt_2', after(1));
  await release(holder, after(3_600));
  expect(await due(after(1))).toEqual(['cus_1']);
});

test('without one it is due when its grace ends, or never', async () => {
  await release((await claim())!, after(3_600));
  expect(await due(after(3_599))).toEqual([]);
  expect(await due(after(3_600))).toEqual(['cus_1']);
  await release((await claim(after(3_600)))!, null);
  expect(await due(after(1e6))).toEqual([]);
});

test('a test clock that moved makes its customers due', async () => {
  await release((await claim())!, null);
  await release((await claim(NOW, 'cus_2'))!, null);
  await database.db.updateTable('stripe_customers').set({ test_clock: null }).where('id', '=', 'cus_2').execute();
  await wantByClock(database.db, 'test', { testClock: 'clock_1', at: after(5) });
  expect(await due(after(5))).toEqual(['cus_1']);
});

test('a replay opens a settled event again and wants its customer', async () => {
  await arrive('evt_1');
  await database.db.updateTable('stripe_events').set({ state: 'dead', attempts: 10 }).execute();
  await release((await claim())!, null);
  expect(await replayEvent(database.db, 'test', { id: 'evt_1', at: after(9) })).toBe(true);
  expect(await openEventsOf(database.db, 'test', 'cus_1')).toMatchObject([{ id: 'evt_1', state: 'pending', attempts: 0 }]);
  expect(await due(after(9))).toEqual(['cus_1']);
  expect(await replayEvent(database.db, 'live', { id: 'evt_1', at: after(9) })).toBe(false);
});

test('a replay of an event that was ignored makes the row of its customer, which nobody had wanted', async () => {
  await arrive('evt_1');
  await database.db.updateTable('stripe_events').set({ state: 'ignored' }).execute();
  await database.db.deleteFrom('stripe_customers').execute();
  expect(await replayEvent(database.db, 'test', { id: 'evt_1', at: after(9) })).toBe(true);
  expect(await due(after(9))).toEqual(['cus_1']);
});

test('a replay waits for who holds the customer, and holds nothing that it needs', async () => {
  await arrive('evt_1');
  const holder = (await claim())!;
  let replay: Promise<boolean> | undefined;
  await database.db.transaction().execute(async (tx) => {
    await lockCustomer(tx, holder);
    replay = replayEvent(database.db, 'test', { id: 'evt_1', at: after(9) });
    const waiting = sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await waiting.execute(database.db)).rows).toHaveLength(1);
    await settleEvents(tx, 'test', { ids: ['evt_1'], at: NOW });
  });
  expect(await replay).toBe(true);
  expect(await openEventsOf(database.db, 'test', 'cus_1')).toMatchObject([{ id: 'evt_1', state: 'pending' }]);
});

test('a start takes all customers from who holds them, and wants a look at each', async () => {
  const [held, free] = [(await claim())!, (await claim(NOW, 'cus_2'))!];
  await release(free, null);
  await takeOverCustomers(database.db, 'test', after(1));
  expect(await due(after(1))).toEqual(['cus_1']);
  await database.db.transaction().execute(async (tx) => expect(await lockCustomer(tx, held)).toBeNull());
  expect((await claim(after(1)))?.fence).toBe(Number(held.fence) + 2);
});
