import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import { addPartition } from '../retention/retention-store.ts';
import { aBatch, anEntitlement, anEvent, aRequest, newId } from '../testing/fixtures.ts';
import { sinkKit } from '../testing/sink.ts';
import { compareLedger } from './ledger-check.ts';

const DAY = 86_400_000;

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await freshDatabase();
});
afterEach(() => fresh.drop());

const { aSink } = sinkKit(() => fresh.db);

async function used() {
  const { sink, leases } = await aSink();
  const entitlementId = await anEntitlement(fresh.db);
  const { periodId } = await leases.acquire(aRequest(entitlementId, { want: 20 }));
  const event = (cost: number, keyId: string) => anEvent({ entitlementId, periodId, keyId, cost, ts: Date.now() });
  await sink.commit(aBatch({ events: [event(3, 'key_1'), event(4, 'key_1'), event(5, 'key_2')] }));
  return { leases, periodId };
}

test('an empty database and one with usage have no differences', async () => {
  expect(await compareLedger(fresh.url)).toEqual({ periods: 0, differing: 0, unsettled: 0 });
  await used();
  expect(await compareLedger(fresh.url)).toEqual({ periods: 1, differing: 0, unsettled: 0 });
});

test.each([
  ['a missing event', `delete from usage_events where cost = 5`, { differing: 1, unsettled: 0 }],
  ['a changed event', `update usage_events set cost = 9 where cost = 3`, { differing: 1, unsettled: 0 }],
  ['a missing ledger line', `delete from ledger where key_id = 'key_1'`, { differing: 1, unsettled: 0 }],
  ['a missing settlement', `update quotas set settled = settled - 1`, { differing: 0, unsettled: 1 }],
])('%s is reported', async (_, statement, found) => {
  await used();
  await sql.raw(statement).execute(fresh.db);
  expect(await compareLedger(fresh.url)).toEqual({ periods: 1, ...found });
});

/** A daily period with 6 used units, merged into an open monthly one. */
async function merged() {
  const { sink } = await aSink();
  const entitlementId = await anEntitlement(fresh.db);
  const [day, month] = [newId('per'), newId('per')];
  const now = Date.now();
  const at = (days: number) => new Date(now + days * DAY);
  await fresh.db
    .insertInto('quotas')
    .values([
      { period_id: month, entitlement_id: entitlementId, starts_at: at(-5), ends_at: at(25) },
      { period_id: day, entitlement_id: entitlementId, starts_at: at(-4), ends_at: at(-3), merged_into: month },
    ])
    .execute();
  await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId: day, keyId: 'key_1', cost: 6, ts: now - 3.5 * DAY })] }));
  return { startsAt: at(-4) };
}

test.each([
  ['a missing event', `delete from usage_events`, { differing: 1, unsettled: 0 }],
  ['a missing ledger line', `delete from ledger`, { differing: 1, unsettled: 0 }],
  ['a missing settlement', `update quotas set settled = settled - 1 where settled > 0`, { differing: 0, unsettled: 1 }],
])('%s is reported in a period that was merged into an open one', async (_, statement, found) => {
  await merged();
  expect(await compareLedger(fresh.url)).toEqual({ periods: 1, differing: 0, unsettled: 0 });
  await sql.raw(statement).execute(fresh.db);
  expect(await compareLedger(fresh.url)).toEqual({ periods: 1, ...found });
});

test.each([
  ['its first day', 0, 1],
  ['the day after', 1, 0],
])('missing events of a merged period are reported only if all its days are kept; kept from %s on', async (_, days, differing) => {
  const { startsAt } = await merged();
  await addPartition(fresh.db, new Date(startsAt.getTime() + days * DAY).toISOString().slice(0, 10));
  await sql`delete from usage_events`.execute(fresh.db);
  expect(await compareLedger(fresh.url)).toEqual({ periods: 1, differing, unsettled: 0 });
});

test('a written-off lease and an ended period are not differences', async () => {
  const { leases } = await used();
  await leases.writeOff();
  expect(await compareLedger(fresh.url)).toEqual({ periods: 1, differing: 0, unsettled: 0 });
  await sql`update quotas set starts_at = now() - interval '3 days', ends_at = now() - interval '1 day'`.execute(fresh.db);
  await sql`delete from usage_events`.execute(fresh.db);
  expect(await compareLedger(fresh.url)).toEqual({ periods: 0, differing: 0, unsettled: 0 });
});
