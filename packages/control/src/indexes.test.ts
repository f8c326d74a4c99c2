import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listEntries } from './audit/store.ts';
import {
  countUnpaid,
  customerOfConsumer,
  customerOfEntitlement,
  entitlementOfSubscription,
  findCheckout,
  findRepeated,
  isHeld,
  isOnlyKey,
  paidCheckouts,
  wasRotated,
  wasUsed,
} from './billing/store/checkouts.ts';
import { acquireCustomer, dueCustomers, requestSyncByClock } from './billing/store/customers.ts';
import { settleEvents, unresolvedEvents, unsettledEventsOf } from './billing/store/events.ts';
import { readMirror } from './billing/store/subscriptions.ts';
import { moveKeysOf, setEntitlementAccess } from './entitlements/store.ts';
import { currentQuota, findOwnKey } from './keys/key-limits-store.ts';
import { findKey, listKeys, successorOf } from './keys/store.ts';
import { grantMany, grantOne } from './quota/grant-store.ts';
import { lockForGrant, lockPeriods } from './quota/lease-store.ts';
import { alignPeriods } from './quota/period-store.ts';
import { createSnapshotSource } from './snapshot.ts';
import { type ControlApp, controlApp } from './testing/app.ts';
import { aBilling } from './testing/billing.ts';
import { heldAt } from './testing/marks.ts';
import { type RecordedDatabase, recordedDatabase } from './testing/recorded-database.ts';
import { change, SYSTEM } from './transaction/change.ts';
import { oldestOpenPeriod } from './usage/retention/retention-store.ts';
import { aRequest } from './usage/testing/fixtures.ts';

const ROWS = 20_000;
/**
 * Tables with a row or two per plan, gateway or mode, or of bounded size: scanning them is cheap.
 */
const SMALL = ['plans', 'plan_versions', 'plan_moves', 'stripe_prices', 'gateways', 'snapshot_version', 'snapshot_stamps', 'billing_state'];

let control: ControlApp;
let recorded: RecordedDatabase;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling('test') });
  await fill();
  recorded = await recordedDatabase(control.database.url);
}, 60_000);
afterAll(async () => {
  await recorded.close();
  await control.close();
});

/** Fills every growing table, as after a year or two. */
async function fill(): Promise<void> {
  const { db } = control.database;
  for (const statement of FILL) await sql.raw(statement.replaceAll('ROWS', String(ROWS))).execute(db);
  await sql`analyze`.execute(db);
}

const FILL = [
  'insert into snapshot_stamps (version, stamp) select n, gen_random_uuid() from generate_series(1, 10000) n on conflict do nothing',
  `insert into consumers (id, name, email) select 'con_' || n, 'c', 'c' || n || '@example.com' from generate_series(1, ROWS) n`,
  `insert into entitlements (id, consumer_id, plan_id, plan_version, source, mode, subscription_id, access, snapshot_version)
   select 'ent_' || n, 'con_' || n, 'pro', 1, 'subscription', 'test', 'sub_' || n, 'active', 1 from generate_series(1, ROWS) n`,
  `insert into keys (id, entitlement_id, name, hash, prefix, last4, mode, rotated_from, snapshot_version)
   select 'key_' || n, 'ent_' || n, 'k', md5(n::text), 'af_test_', 'abcd', 'test', case when n % 10 = 0 then 'key_' || (n - 1) end, 1 from generate_series(1, ROWS) n`,
  `insert into quotas (period_id, entitlement_id, starts_at, ends_at) select 'per_' || n || '_' || m, 'ent_' || n,
   now() - interval '15 days' - m * interval '30 days', now() + interval '15 days' - m * interval '30 days' from generate_series(1, ROWS) n, generate_series(0, 4) m where m = 0 or n % 5 = 0 or n > ROWS / 2`,
  `insert into stripe_customers (mode, id, consumer_id, wanted_at, test_clock)
   select 'test', 'cus_' || n, 'con_' || n, case when n % 1000 = 0 then now() - interval '1 hour' end, case when n % 1000 = 0 then 'clock_1' end from generate_series(1, ROWS) n`,
  `insert into subscriptions (mode, id, customer_id, entitlement_id, status, access, plan_id, anchor, created_at, synced_at)
   select 'test', 'sub_' || n, 'cus_' || n, 'ent_' || n, 'active', 'active', 'pro', now(), now(), now() from generate_series(1, ROWS) n`,
  `insert into checkouts (mode, session_id, plan_id, nonce_hash, idempotency_hash, state, customer_id, subscription_id, created_at)
   select 'test', 'cs_' || n, 'pro', md5('nonce' || n), md5('idem' || n), 'complete', 'cus_' || n, 'sub_' || n, now() from generate_series(1, ROWS) n`,
  `insert into disputes (mode, id, customer_id, status, hold, created_at, synced_at) select 'test', 'dp_' || n, 'cus_' || n, 'won', false, now(), now() from generate_series(1, ROWS) n`,
  `insert into stripe_events (mode, id, type, object_type, object_id, customer_id, source, state, created_at)
   select 'test', 'evt_' || n, 'invoice.paid', 'invoice', 'in_' || n, 'cus_' || n, 'webhook', case when n % 1000 = 0 then 'pending' else 'done' end, now() from generate_series(1, ROWS) n`,
  `insert into ledger (period_id, key_id, calls, units, last_used_at) select 'per_' || n || '_0', 'key_' || n, 1, 1, now() from generate_series(1, ROWS) n`,
  `insert into audit (actor, action, object_type, object_id) select 'env', 'key.create', 'key', 'key_' || n from generate_series(1, ROWS) n`,
  `insert into gateways (id, boot_id) values ('gw_a', 'boot')`,
  `insert into leases (gateway_id, period_id, units) select 'gw_a', 'per_' || n || '_0', 0 from generate_series(1, ROWS) n`,
  `update snapshot_version set version = 2`,
  `insert into snapshot_stamps (version, stamp) select version, stamp from snapshot_version on conflict do nothing`,
];

/** Runs statements as the product does, and lists their sequential scans of growing tables. */
async function scansOf(work: (db: RecordedDatabase['db']) => Promise<unknown>): Promise<unknown[]> {
  await work(recorded.db);
  return (await recorded.sequentialScans()).filter(({ table }) => !SMALL.includes(table));
}

const at = new Date();
const page = { limit: 50, after: null };

test('the queries of a checkout, a claim and the portal scan no growing table', async () => {
  const scans = await scansOf(async (db) => {
    await findCheckout(db, 'test', 'cs_7');
    await findRepeated(db, 'test', { hashes: ['x', 'y'], since: at });
    await countUnpaid(db, 'test', { customerId: 'cus_7', since: at });
    await paidCheckouts(db, 'test', ['x', 'y']);
    await customerOfConsumer(db, 'test', 'con_7');
    await customerOfEntitlement(db, 'test', 'ent_7');
    await isHeld(db, 'test', 'con_7');
    await entitlementOfSubscription(db, 'test', 'sub_7');
    await isOnlyKey(db, { keyId: 'key_7', entitlementId: 'ent_7' });
    await wasUsed(db, 'key_7');
    await wasRotated(db, 'key_7');
  });
  expect(scans).toEqual([]);
});

test('the queries of a sync and of the webhook worker scan no growing table', async () => {
  const scans = await scansOf(async (db) => {
    await dueCustomers(db, 'test', { now: at, limit: 200 });
    await acquireCustomer(db, { mode: 'test', customerId: 'cus_7', now: at, until: at });
    await unsettledEventsOf(db, 'test', 'cus_7');
    await unresolvedEvents(db, 'test', { now: at, limit: 100 });
    await readMirror(db, 'test', 'cus_7');
    await settleEvents(db, 'test', { ids: ['evt_1000', 'evt_2000'], at });
    await requestSyncByClock(db, 'test', { testClock: 'clock_1', at });
  });
  expect(scans).toEqual([]);
});

test('changes of keys and entitlements scan no growing table', async () => {
  const scans = await scansOf((db) =>
    change({ ...control.context, db }, SYSTEM, async ({ tx, version }) => {
      await successorOf(tx, 'key_7');
      await setEntitlementAccess(tx, 'ent_7', { access: 'suspended', version });
      await moveKeysOf(tx, { from: 'ent_7', to: 'ent_8' }, { at, version });
      await alignPeriods(tx, 'ent_7');
    }),
  );
  expect(scans).toEqual([]);
});

test('the queries of calls and gateways scan no growing table', async () => {
  const held = await heldAt(control.database.db, 2);
  const scans = await scansOf(async (db) => {
    await grantOne(db, { gatewayId: 'gw_a', request: aRequest('ent_7', { want: 10 }), newPeriodId: () => 'per_new' });
    const requests = ['ent_8', 'ent_9'].map((id) => aRequest(id, { want: 10 }));
    await grantMany(db, { gatewayId: 'gw_a', requests, newPeriodId: () => 'per_new' });
    await db.transaction().execute((tx) => lockForGrant(tx, { entitlementId: null, periodIds: ['per_7_0'] }));
    await lockPeriods(db, ['per_7_0', 'per_8_0']);
    await findOwnKey(db, 'x');
    await currentQuota(db, 'ent_7', at);
    await createSnapshotSource(db, { keyMode: 'test', billingMode: 'test' }).since(held);
    await oldestOpenPeriod(db, new Date(at.getTime() + 20 * 86_400_000));
  });
  expect(scans).toEqual([]);
});

test('the first pages of keys and of one object’s audit log scan no growing table', async () => {
  const scans = await scansOf(async (db) => {
    await findKey(db, 'key_7');
    await listKeys(db, { now: at }, page);
    await listEntries(db, { objectType: 'key', objectId: 'key_7', from: null, to: null }, page);
  });
  expect(scans).toEqual([]);
});

test('a statement without an index is detected', async () => {
  expect(await scansOf((db) => db.selectFrom('keys').select('id').where('name', '=', 'nobody').execute())).toMatchObject([
    { table: 'keys' },
  ]);
});
