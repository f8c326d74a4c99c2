import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import { aBatch, anEntitlement, anEvent, aRequest, movePlan, newId } from '../testing/fixtures.ts';
import { sinkKit } from '../testing/sink.ts';

/**
 * A database restored from a backup lacks the periods that started after it; the spool ships their
 * usage again.
 */
let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const { aSink, quotaOf, ledgerOf } = sinkKit(() => fresh.db);
const HOUR_MS = 3_600_000;

test('a period that the database lacks is restored, and its usage counts', async () => {
  const { sink, leases } = await aSink();
  const entitlementId = await anEntitlement(fresh.db, { limit: 10 });
  const [periodId, keyId] = [newId('per'), newId('key')];
  await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, keyId, cost: 7, ts: Date.now() })] }));
  expect(await quotaOf(periodId)).toEqual({ settled: 7, leased: 0 });
  expect(await ledgerOf(keyId)).toMatchObject([{ period_id: periodId, units: 7 }]);
  expect(await leases.acquire(aRequest(entitlementId, { want: 10 }))).toMatchObject({ periodId, granted: 3, unleased: 0 });
});

test('a later batch adds to a restored period', async () => {
  const { sink } = await aSink();
  const entitlementId = await anEntitlement(fresh.db, { limit: 10 });
  const periodId = newId('per');
  const events = () => [anEvent({ entitlementId, periodId, cost: 2, ts: Date.now() })];
  await sink.commit(aBatch({ events: events() }));
  await sink.commit(aBatch({ from: 100, events: events() }));
  expect(await quotaOf(periodId)).toEqual({ settled: 4, leased: 0 });
});

test('a restored period gets its bounds from the time of the usage, not the current time', async () => {
  const { sink } = await aSink();
  const anchor = new Date(Date.now() - 50 * HOUR_MS);
  const entitlementId = await anEntitlement(fresh.db, { period: 'day', anchor });
  const periodId = newId('per');
  await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, ts: anchor.getTime() + 25 * HOUR_MS })] }));
  const row = await fresh.db.selectFrom('quotas').selectAll().where('period_id', '=', periodId).executeTakeFirstOrThrow();
  expect([row.starts_at, row.ends_at].map((time) => (time.getTime() - anchor.getTime()) / HOUR_MS)).toEqual([24, 48]);
});

test('two lost periods that fall into one period of the current plan count as one', async () => {
  const { sink } = await aSink();
  const anchor = new Date(Date.now() - 30 * HOUR_MS);
  const entitlementId = await anEntitlement(fresh.db, { period: 'day', anchor });
  await movePlan(fresh.db, entitlementId, { period: 'month' });
  const [first, second] = [newId('per'), newId('per')];
  const at = (hours: number) => anchor.getTime() + hours * HOUR_MS;
  await sink.commit(
    aBatch({
      events: [
        anEvent({ entitlementId, periodId: first, cost: 3, ts: at(1) }),
        anEvent({ entitlementId, periodId: second, cost: 4, ts: at(26) }),
      ],
    }),
  );
  expect(await quotaOf(first)).toEqual({ settled: 7, leased: 0 });
});

describe('a call near a period boundary', () => {
  const startOf = async (periodId: string) =>
    (
      await fresh.db.selectFrom('quotas').select('starts_at').where('period_id', '=', periodId).executeTakeFirstOrThrow()
    ).starts_at.getTime();
  /** A daily quota whose second period started an hour ago; `event` takes times relative to it. */
  async function atBoundary() {
    const { sink, leases } = await aSink();
    const boundary = Date.now() - HOUR_MS;
    const entitlementId = await anEntitlement(fresh.db, { limit: 10, period: 'day', anchor: new Date(boundary - 24 * HOUR_MS) });
    const [older, newer] = [newId('per'), newId('per')];
    const event = (periodId: string, cost: number, ms: number) => anEvent({ entitlementId, periodId, cost, ts: boundary + ms });
    return { sink, leases, entitlementId, boundary, older, newer, event };
  }

  test('that arrives before it and is charged after it counts in the newer period, like the rest of its batch', async () => {
    const { sink, leases, entitlementId, boundary, older, newer, event } = await atBoundary();
    await sink.commit(aBatch({ events: [event(older, 2, -9 * HOUR_MS)] }));
    await sink.commit(aBatch({ from: 100, events: [event(newer, 1, -80), event(newer, 9, HOUR_MS / 2)] }));
    expect([await quotaOf(older), await quotaOf(newer)]).toEqual([
      { settled: 2, leased: 0 },
      { settled: 10, leased: 0 },
    ]);
    expect(await startOf(newer)).toBe(boundary);
    expect(await leases.acquire(aRequest(entitlementId))).toMatchObject({ periodId: newer, granted: 0, unleased: 0 });
  });

  test('that arrives before it counts in the newer period when no other call of its batch does', async () => {
    const { sink, boundary, older, newer, event } = await atBoundary();
    await sink.commit(aBatch({ events: [event(older, 2, -9 * HOUR_MS), event(newer, 1, -40_000)] }));
    await sink.commit(aBatch({ from: 100, events: [event(newer, 3, 5)] }));
    expect([await quotaOf(older), await quotaOf(newer)]).toEqual([
      { settled: 2, leased: 0 },
      { settled: 4, leased: 0 },
    ]);
    expect(await startOf(newer)).toBe(boundary);
  });

  test('that is charged before it, according to a clock slightly ahead, counts in the older period', async () => {
    const { sink, boundary, older, newer, event } = await atBoundary();
    await sink.commit(aBatch({ events: [event(older, 2, -9 * HOUR_MS), event(older, 1, 4), event(newer, 3, 9)] }));
    expect([await quotaOf(older), await quotaOf(newer)]).toEqual([
      { settled: 3, leased: 0 },
      { settled: 3, leased: 0 },
    ]);
    expect(await startOf(older)).toBe(boundary - 24 * HOUR_MS);
  });

  test('that fails before it is charged does not affect the bounds of its period', async () => {
    const { sink, boundary, newer, event } = await atBoundary();
    await sink.commit(aBatch({ events: [event(newer, 0, -9 * HOUR_MS), event(newer, 3, 9)] }));
    expect(await startOf(newer)).toBe(boundary);
  });

  test('counts in the period that the restored database created under another id', async () => {
    const { sink, leases, entitlementId, newer, event } = await atBoundary();
    const { periodId: existing } = await leases.acquire(aRequest(entitlementId));
    await sink.commit(aBatch({ events: [event(newer, 3, 5), event(newer, 3, HOUR_MS / 2)] }));
    await sink.commit(aBatch({ from: 100, events: [event(newer, 1, HOUR_MS / 2)] }));
    expect(await quotaOf(existing)).toEqual({ settled: 7, leased: 0 });
  });
});

test('usage of an entitlement that the database lacks stays in the ledger and does not block the batch', async () => {
  const { sink } = await aSink();
  const entitlementId = await anEntitlement(fresh.db);
  const [keyId, known, lost] = [newId('key'), newId('per'), newId('per')];
  await sink.commit(
    aBatch({
      events: [
        anEvent({ entitlementId: 'ent_gone', periodId: lost, keyId, cost: 5 }),
        anEvent({ entitlementId, periodId: known, cost: 1, ts: Date.now() }),
      ],
    }),
  );
  expect(await ledgerOf(keyId)).toMatchObject([{ units: 5 }]);
  expect(await quotaOf(known)).toEqual({ settled: 1, leased: 0 });
});

test('a start after a restore gets an epoch above those in the spool', async () => {
  const { gatewayId, sink } = await aSink();
  const start = { gatewayId, installationId: null, bootId: 'boot_1' };
  expect(await sink.open({ ...start, afterEpoch: 40 })).toMatchObject({ epoch: 41 });
  expect(await sink.open({ ...start, afterEpoch: 3 })).toMatchObject({ epoch: 42 });
  const unknown = newId('gw');
  expect(await sink.open({ ...start, gatewayId: unknown, afterEpoch: 6 })).toMatchObject({ epoch: 7 });
});
