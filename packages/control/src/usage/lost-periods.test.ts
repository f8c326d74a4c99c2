import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { aBatch, anEntitlement, anEvent, aRequest, movePlan, newId } from './testing/fixtures.ts';
import { sinkKit } from './testing/sink.ts';

/** A database that was restored from a back-up lacks the periods that began after it; the spool brings their usage again. */
let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const { aSink, quotaOf, ledgerOf } = sinkKit(() => fresh.db);
const HOUR_MS = 3_600_000;

test('a period that the database does not have is begun again, and what was used in it counts', async () => {
  const { sink, leases } = await aSink();
  const entitlementId = await anEntitlement(fresh.db, { limit: 10 });
  const [periodId, keyId] = [newId('per'), newId('key')];
  await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, keyId, cost: 7, ts: Date.now() })] }));
  expect(await quotaOf(periodId)).toEqual({ settled: 7, leased: 0 });
  expect(await ledgerOf(keyId)).toMatchObject([{ period_id: periodId, units: 7 }]);
  expect(await leases.acquire(aRequest(entitlementId, { want: 10 }))).toMatchObject({ periodId, granted: 3, unleased: 0 });
});

test('a later batch of the same period adds to it', async () => {
  const { sink } = await aSink();
  const entitlementId = await anEntitlement(fresh.db, { limit: 10 });
  const periodId = newId('per');
  const events = () => [anEvent({ entitlementId, periodId, cost: 2, ts: Date.now() })];
  await sink.commit(aBatch({ events: events() }));
  await sink.commit(aBatch({ from: 100, events: events() }));
  expect(await quotaOf(periodId)).toEqual({ settled: 4, leased: 0 });
});

test('the bounds are those of the usage, not of now', async () => {
  const { sink } = await aSink();
  const anchor = new Date(Date.now() - 50 * HOUR_MS);
  const entitlementId = await anEntitlement(fresh.db, { period: 'day', anchor });
  const periodId = newId('per');
  await sink.commit(aBatch({ events: [anEvent({ entitlementId, periodId, ts: anchor.getTime() + 25 * HOUR_MS })] }));
  const row = await fresh.db.selectFrom('quotas').selectAll().where('period_id', '=', periodId).executeTakeFirstOrThrow();
  expect([row.starts_at, row.ends_at].map((time) => (time.getTime() - anchor.getTime()) / HOUR_MS)).toEqual([24, 48]);
});

test('two lost periods that are one now count in one', async () => {
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

test('usage of an entitlement that the database does not have stays in the ledger, and holds up nothing', async () => {
  const { sink } = await aSink();
  const entitlementId = await anEntitlement(fresh.db);
  const [keyId, mine, strange] = [newId('key'), newId('per'), newId('per')];
  await sink.commit(
    aBatch({
      events: [
        anEvent({ entitlementId: 'ent_gone', periodId: strange, keyId, cost: 5 }),
        anEvent({ entitlementId, periodId: mine, cost: 1, ts: Date.now() }),
      ],
    }),
  );
  expect(await ledgerOf(keyId)).toMatchObject([{ units: 5 }]);
  expect(await quotaOf(mine)).toEqual({ settled: 1, leased: 0 });
});

test('a start after a restored back-up goes above the epochs that the spool holds', async () => {
  const { gatewayId, sink } = await aSink();
  const start = { gatewayId, installationId: null, bootId: 'boot_1' };
  expect(await sink.open({ ...start, afterEpoch: 40 })).toMatchObject({ epoch: 41 });
  expect(await sink.open({ ...start, afterEpoch: 3 })).toMatchObject({ epoch: 42 });
  const unknown = newId('gw');
  expect(await sink.open({ ...start, gatewayId: unknown, afterEpoch: 6 })).toMatchObject({ epoch: 7 });
});
