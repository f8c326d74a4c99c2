import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { currentQuota } from '../keys/key-limits-store.ts';
import type { Database } from '../store/database.ts';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { compareLedger } from '../usage/read/ledger-check.ts';
import { oldestOpenPeriod } from '../usage/retention/retention-store.ts';
import { aBatch, anEntitlement, anEvent, aRequest, movePlan, newId } from '../usage/testing/fixtures.ts';
import { type MovableDatabase, movable } from '../usage/testing/movable.ts';
import { sinkKit } from '../usage/testing/sink.ts';
import { alignPeriods } from './period-store.ts';

const DAY = 86_400_000;
const ANCHOR = Date.UTC(2026, 2, 10, 8);

/** A plan goes from monthly to daily and back: units used in daily periods count in the month. */
let fresh: FreshDatabase;
let moved: MovableDatabase;
let db: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  moved = await movable(fresh.url);
  db = moved.db;
});
beforeEach(() => onDay(0));
afterAll(async () => {
  await db.destroy();
  await fresh.drop();
});

const { aSink, quotaOf, ledgerOf } = sinkKit(() => db);
const onDay = (days: number) => moved.setTime(new Date(ANCHOR + days * DAY));
const aMonth = (limit = 10) => anEntitlement(db, { limit, anchor: new Date(ANCHOR) });
const live = (entitlementId: string) =>
  db
    .selectFrom('quotas')
    .selectAll()
    .where('entitlement_id', '=', entitlementId)
    .where('merged_into', 'is', null)
    .orderBy('starts_at')
    .execute();

/** Leases ten units of a month on day 0 and four of day 3; then the plan is monthly again. */
async function monthDayMonth() {
  const { sink, leases, gatewayId } = await aSink();
  const entitlementId = await aMonth();
  const month = await leases.acquire(aRequest(entitlementId, { want: 10 }));
  await movePlan(db, entitlementId, { limit: 10, period: 'day' });
  expect(await leases.acquire(aRequest(entitlementId))).toMatchObject({ periodId: month.periodId, granted: 0 });
  await onDay(3.5);
  const day = await leases.acquire(aRequest(entitlementId, { want: 4 }));
  expect(day).toMatchObject({ startsAt: ANCHOR + 3 * DAY, endsAt: ANCHOR + 4 * DAY, granted: 4, unleased: 6 });
  await movePlan(db, entitlementId, { limit: 10 });
  return { sink, leases, gatewayId, entitlementId, month, day };
}

test('month → day → month does not grant the month’s quota again', async () => {
  const { leases, entitlementId, day } = await monthDayMonth();
  const again = await leases.acquire(aRequest(entitlementId));
  expect(again).toMatchObject({ granted: 0, unleased: 0, startsAt: ANCHOR, endsAt: Date.UTC(2026, 3, 10, 8) });
  // The period that gateways hold a lease of keeps its id.
  expect(again.periodId).toBe(day.periodId);
  expect(await live(entitlementId)).toHaveLength(1);
});

test('after further length changes there is still one period, into which all others are merged', async () => {
  const { leases, entitlementId } = await monthDayMonth();
  await leases.acquire(aRequest(entitlementId));
  for (const period of ['day', 'month', 'day', 'month'] as const) {
    await movePlan(db, entitlementId, { limit: 10, period });
    await onDay(period === 'day' ? 5.2 : 6.7);
    await leases.acquire(aRequest(entitlementId, { want: 2 }));
  }
  const [remaining, ...others] = await live(entitlementId);
  expect(others).toEqual([]);
  const pointers = await sql`
    select distinct merged_into from quotas where entitlement_id = ${entitlementId} and merged_into is not null`.execute(db);
  expect(pointers.rows).toEqual([{ merged_into: remaining?.period_id }]);
});

test('a raised limit grants the difference at once, one lowered below the usage grants nothing', async () => {
  const { leases, entitlementId } = await monthDayMonth();
  await movePlan(db, entitlementId, { limit: 20 });
  expect(await leases.acquire(aRequest(entitlementId, { want: 20 }))).toMatchObject({ granted: 6, unleased: 0 });
  await movePlan(db, entitlementId, { limit: 13 });
  expect(await leases.acquire(aRequest(entitlementId))).toMatchObject({ granted: 0, unleased: 0 });
});

test('usage of a merged period that is shipped late settles under its own id and counts', async () => {
  const { sink, leases, entitlementId, month, day } = await monthDayMonth();
  const { periodId } = await leases.acquire(aRequest(entitlementId));
  const keyId = newId('key');
  const events = [
    anEvent({ entitlementId, periodId: month.periodId, keyId, cost: 10, ts: ANCHOR + 1 }),
    anEvent({ entitlementId, periodId: day.periodId, keyId, cost: 4, ts: ANCHOR + 3.5 * DAY }),
  ];
  await sink.commit(aBatch({ events }));
  expect([await quotaOf(month.periodId), await quotaOf(periodId)]).toEqual([
    { settled: 10, leased: 0 },
    { settled: 4, leased: 0 },
  ]);
  expect((await ledgerOf(keyId)).map(({ units }) => units).sort()).toEqual([10, 4]);
  expect(await leases.acquire(aRequest(entitlementId))).toMatchObject({ granted: 0 });
});

test('surrendered units of a merged period can be leased again, once', async () => {
  const { leases, entitlementId, month } = await monthDayMonth();
  const request = aRequest(entitlementId, { periodId: month.periodId, surrender: 9, need: 1, want: 20 });
  expect(await leases.acquire(request)).toMatchObject({ granted: 5, unleased: 0 });
  expect(await quotaOf(month.periodId)).toEqual({ settled: 0, leased: 1 });
  expect(await leases.acquire(request)).toMatchObject({ granted: 5, unleased: 0 });
  await leases.releaseAll();
  expect(await leases.acquire(aRequest(entitlementId, { want: 20 }))).toMatchObject({ granted: 10 });
});

test('the consumer sees the usage of the whole merged period', async () => {
  const { sink, leases, entitlementId, month, day } = await monthDayMonth();
  await leases.acquire(aRequest(entitlementId));
  const used = [month, day].map(({ periodId }) => anEvent({ entitlementId, periodId, cost: 4, ts: ANCHOR + 1 }));
  await sink.commit(aBatch({ events: used }));
  expect(await currentQuota(db, entitlementId, new Date(ANCHOR + 4 * DAY))).toEqual({
    startsAt: new Date(ANCHOR),
    endsAt: new Date('2026-04-10T08:00:00Z'),
    settled: 8,
  });
});

test('events are kept from the start of the whole merged period', async () => {
  const { leases, entitlementId } = await monthDayMonth();
  await leases.acquire(aRequest(entitlementId));
  await sql`update quotas set ends_at = starts_at + interval '1 second' where entitlement_id <> ${entitlementId}`.execute(db);
  expect(await oldestOpenPeriod(db, new Date(ANCHOR + 5 * DAY))).toEqual(new Date(ANCHOR));
});

test('the next month starts with a full quota', async () => {
  const { leases, entitlementId } = await monthDayMonth();
  await leases.acquire(aRequest(entitlementId));
  await onDay(32);
  expect(await leases.acquire(aRequest(entitlementId, { want: 20 }))).toMatchObject({ granted: 10, startsAt: Date.UTC(2026, 3, 10, 8) });
});

test('a period without calls since a plan change counts in full in the window whose start it straddles', async () => {
  const { leases } = await aSink();
  const entitlementId = await aMonth();
  const month = await leases.acquire(aRequest(entitlementId, { want: 7 }));
  await movePlan(db, entitlementId, { limit: 10, period: 'day' });
  await onDay(4.5);
  expect(await leases.acquire(aRequest(entitlementId, { want: 10 }))).toMatchObject({
    periodId: month.periodId,
    startsAt: ANCHOR,
    endsAt: ANCHOR + 5 * DAY,
    granted: 3,
  });
  await onDay(5);
  expect(await leases.acquire(aRequest(entitlementId, { want: 10 }))).toMatchObject({ granted: 10 });
});

describe('an alignment', () => {
  test('that does not commit leaves every period unchanged', async () => {
    const { entitlementId } = await monthDayMonth();
    const before = await live(entitlementId);
    const crashed = db.transaction().execute(async (tx) => {
      await alignPeriods(tx, entitlementId);
      throw new Error('the process dies');
    });
    await expect(crashed).rejects.toThrow('the process dies');
    expect(await live(entitlementId)).toEqual(before);
    expect(before).toHaveLength(2);
  });

  test('concurrent with leases, settlements and plan changes loses no unit and counts none twice', async () => {
    const kits = [await aSink(), await aSink()] as const;
    const entitlementId = await aMonth(10_000);
    let used = 0;
    const spend = async ({ leases, sink, gatewayId }: (typeof kits)[0], want: number) => {
      const { periodId, granted } = await leases.acquire(aRequest(entitlementId, { want }));
      const { cursor } = await db.selectFrom('gateways').select('cursor').where('id', '=', gatewayId).executeTakeFirstOrThrow();
      await sink.commit(aBatch({ from: cursor, events: [anEvent({ entitlementId, periodId, cost: granted, ts: ANCHOR })] }));
      used += granted;
    };
    for (const days of [0, 1.4, 2.5, 3.5, 4.5]) {
      await onDay(days);
      const spending = kits.map(async (kit) => {
        for (let round = 1; round <= 6; round++) await spend(kit, round);
      });
      const planning = async () => {
        for (const period of ['month', 'day', 'month', 'day'] as const) await movePlan(db, entitlementId, { limit: 10_000, period });
      };
      await Promise.all([...spending, planning()]);
    }
    await movePlan(db, entitlementId, { limit: used + 7 });
    expect(await kits[0].leases.acquire(aRequest(entitlementId, { want: 1_000 }))).toMatchObject({
      granted: 7,
      unleased: 0,
      startsAt: ANCHOR,
    });
    const rows = await db.selectFrom('quotas').selectAll().where('entitlement_id', '=', entitlementId).execute();
    expect(rows.reduce((sum, { settled }) => sum + settled, 0)).toBe(used);
    expect(rows.length).toBeGreaterThan(1);
    expect(await live(entitlementId)).toHaveLength(1);
  });
});

test('usage of a period that a restored database lacks counts in the period that covers its time', async () => {
  const { sink, leases, entitlementId, day } = await monthDayMonth();
  await leases.acquire(aRequest(entitlementId));
  await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId: newId('per'), cost: 3, ts: ANCHOR + 2.5 * DAY })] }));
  expect(await quotaOf(day.periodId)).toEqual({ settled: 3, leased: 1 });
  expect(await live(entitlementId)).toHaveLength(1);
});

test('ledger, events and settled units agree, period by period', async () => {
  const own = await freshDatabase();
  try {
    const { aSink: sinkOf } = sinkKit(() => own.db);
    const { sink, leases } = await sinkOf();
    const entitlementId = await anEntitlement(own.db, { limit: 10, period: 'day', anchor: new Date(Date.now() - 5 * DAY - 60_000) });
    const past = newId('per');
    const bounds = { starts_at: new Date(Date.now() - 3 * DAY - 60_000), ends_at: new Date(Date.now() - 2 * DAY - 60_000) };
    await own.db
      .insertInto('quotas')
      .values({ period_id: past, entitlement_id: entitlementId, ...bounds })
      .execute();
    await movePlan(own.db, entitlementId, { limit: 10 });
    const { periodId } = await leases.acquire(aRequest(entitlementId, { want: 5 }));
    const event = (id: string, cost: number) => anEvent({ entitlementId, periodId: id, cost, ts: Date.now() });
    await sink.commit(aBatch({ events: [event(periodId, 2)] }));
    expect(await compareLedger(own.url)).toEqual({ periods: 1, differing: 0, unsettled: 0 });
  } finally {
    await own.drop();
  }
});
