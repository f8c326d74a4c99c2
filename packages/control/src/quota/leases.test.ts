import { periodAt } from '@api-factory/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { aGateway, anEntitlement, aRequest, movePlan, newId } from '../usage/testing/fixtures.ts';
import { createLeaseSource } from './leases.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
  for (const id of ['gw_a', 'gw_b']) await aGateway(fresh.db, id);
});
afterAll(() => fresh.drop());

const source = (gatewayId = 'gw_a') => createLeaseSource(fresh.db, { gatewayId, bootId: 'boot_1', newId });
const quotaOf = (periodId: string) => fresh.db.selectFrom('quotas').selectAll().where('period_id', '=', periodId).executeTakeFirstOrThrow();
const periodsOf = (entitlementId: string) =>
  fresh.db.selectFrom('quotas').selectAll().where('entitlement_id', '=', entitlementId).orderBy('starts_at').execute();
const unitsOf = async (periodId: string, gatewayId = 'gw_a') =>
  (
    await fresh.db
      .selectFrom('leases')
      .select('units')
      .where('period_id', '=', periodId)
      .where('gateway_id', '=', gatewayId)
      .executeTakeFirst()
  )?.units;
/** Moves a period into the past, as if time had passed. */
const endPeriod = (periodId: string) =>
  sql`update quotas set starts_at = starts_at - interval '30 days', ends_at = starts_at where period_id = ${periodId}`.execute(fresh.db);

describe('acquire', () => {
  test('starts the period that contains the database’s time, once', async () => {
    const anchor = new Date('2024-01-31T10:00:00Z');
    const entitlement = await anEntitlement(fresh.db, { anchor });
    const first = await source().acquire(aRequest(entitlement, { want: 5 }));
    const second = await source('gw_b').acquire(aRequest(entitlement, { want: 5 }));
    const expected = periodAt(anchor, 'month', new Date(first.nowMs));
    expect(first).toMatchObject({ granted: 5, unleased: 95, startsAt: expected.startsAt.getTime(), endsAt: expected.endsAt.getTime() });
    expect(second).toMatchObject({ granted: 5, unleased: 90, periodId: first.periodId });
    expect(Math.abs(first.nowMs - Date.now())).toBeLessThan(60_000);
    expect(await quotaOf(first.periodId)).toMatchObject({ settled: 0, leased: 10 });
  });

  test('throws for an unknown entitlement', async () => {
    await expect(source().acquire(aRequest('ent_none'))).rejects.toThrow('entitlement ent_none does not exist');
  });

  test('grants exactly what is left, and nothing when less than needed is left', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    expect(await source().acquire(aRequest(entitlement, { need: 11, want: 11 }))).toMatchObject({ granted: 0, unleased: 10 });
    expect(await source().acquire(aRequest(entitlement, { need: 4, want: 7 }))).toMatchObject({ granted: 7, unleased: 3 });
    expect(await source().acquire(aRequest(entitlement, { need: 4, want: 4 }))).toMatchObject({ granted: 0, unleased: 3 });
    expect(await source().acquire(aRequest(entitlement, { need: 3, want: 9 }))).toMatchObject({ granted: 3, unleased: 0 });
    expect(await source().acquire(aRequest(entitlement, { need: 1 }))).toMatchObject({ granted: 0, unleased: 0 });
    expect(await source().acquire(aRequest(entitlement, { need: 0, want: 0 }))).toMatchObject({ granted: 0, unleased: 0 });
  });

  test('a limit of 0 grants nothing', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 0 });
    expect(await source().acquire(aRequest(entitlement))).toMatchObject({ granted: 0, unleased: 0 });
  });

  test('takes surrendered units back in the same statement', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 8 }));
    expect(await source().acquire(aRequest(entitlement, { periodId, surrender: 3, need: 5, want: 5 }))).toMatchObject({
      granted: 5,
      unleased: 0,
    });
    expect(await unitsOf(periodId)).toBe(10);
    expect(await source().acquire(aRequest(entitlement, { periodId, surrender: 4, need: 5, want: 5 }))).toMatchObject({
      granted: 0,
      unleased: 4,
    });
    expect(await unitsOf(periodId)).toBe(6);
    expect(await quotaOf(periodId)).toMatchObject({ leased: 6 });
  });

  test('takes back no more than the gateway holds', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source('gw_b').acquire(aRequest(entitlement, { want: 6 }));
    await source().acquire(aRequest(entitlement, { want: 2 }));
    expect(await source().acquire(aRequest(entitlement, { periodId, surrender: 5, need: 0, want: 0 }))).toMatchObject({ unleased: 4 });
    expect(await unitsOf(periodId)).toBe(0);
    expect(await unitsOf(periodId, 'gw_b')).toBe(6);
  });

  test('returns units of an older period to that period, not to the new one', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const old = await source().acquire(aRequest(entitlement, { want: 8 }));
    await endPeriod(old.periodId);
    const next = await source().acquire(aRequest(entitlement, { periodId: old.periodId, surrender: 5, need: 10, want: 10 }));
    expect(next).toMatchObject({ granted: 10, unleased: 0 });
    expect(next.periodId).not.toBe(old.periodId);
    expect(await quotaOf(old.periodId)).toMatchObject({ leased: 3 });
    expect(await unitsOf(old.periodId)).toBe(3);
    expect(await quotaOf(next.periodId)).toMatchObject({ leased: 10 });
  });
});

describe('over-grant', () => {
  test('20 concurrent requests of two gateways get no more than the limit', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 50 });
    const grants = await Promise.all(
      Array.from({ length: 20 }, (_, i) => source(i % 2 ? 'gw_a' : 'gw_b').acquire(aRequest(entitlement, { need: 3, want: 3 }))),
    );
    expect(grants.map((grant) => grant.granted).reduce((sum, units) => sum + units)).toBe(48);
    expect(new Set(grants.map((grant) => grant.periodId)).size).toBe(1);
    expect(await periodsOf(entitlement)).toMatchObject([{ leased: 48 }]);
  });

  test('concurrent surrenders and requests keep leases and quota consistent', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 40 });
    const walk = async (gatewayId: string, steps: number) => {
      let held = 0;
      let periodId = '';
      for (let i = 0; i < steps; i++) {
        const surrender = i % 3 === 0 ? held : 0;
        const grant = await source(gatewayId).acquire(aRequest(entitlement, { periodId, surrender, need: 1, want: 1 + (i % 7) }));
        periodId = grant.periodId;
        held += grant.granted - surrender;
      }
      return { held, periodId };
    };
    const [a, b] = await Promise.all([walk('gw_a', 40), walk('gw_b', 40)]);
    expect(a.held + b.held).toBeLessThanOrEqual(40);
    expect([await unitsOf(a.periodId, 'gw_a'), await unitsOf(a.periodId, 'gw_b')]).toEqual([a.held, b.held]);
    expect(await quotaOf(a.periodId)).toMatchObject({ leased: a.held + b.held });
  });
});

describe('a request that is repeated after a lost answer', () => {
  test('gets the same answer and is granted once', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 4 }));
    const request = aRequest(entitlement, { periodId, surrender: 2, need: 3, want: 3 });
    const answer = await source().acquire(request);
    const again = await source().acquire(request);
    expect(again).toMatchObject({ periodId, granted: 3, unleased: 5 });
    expect(again.unleased).toBe(answer.unleased);
    expect(await unitsOf(periodId)).toBe(5);
    await source('gw_b').acquire(aRequest(entitlement, { want: 5 }));
    expect(await source().acquire(request)).toMatchObject({ granted: 3, unleased: 0 });
  });

  test('surrenders its units once, even if it is refused', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 10 }));
    const request = aRequest(entitlement, { periodId, surrender: 2, need: 3, want: 3 });
    expect(await source().acquire(request)).toMatchObject({ granted: 0, unleased: 2 });
    expect(await source().acquire(request)).toMatchObject({ granted: 0, unleased: 2 });
    expect(await unitsOf(periodId)).toBe(8);
  });

  test('is granted once, even if both wait for the row at the same time', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 6 }));
    const request = aRequest(entitlement, { periodId, surrender: 3, need: 3, want: 5 });
    const holder = await fresh.db.startTransaction().execute();
    await sql`update quotas set settled = settled where period_id = ${periodId}`.execute(holder);
    const answers = [source().acquire(request), source().acquire(request)];
    await waitingStatements(2);
    await holder.commit().execute();
    expect(await Promise.all(answers)).toMatchObject([
      { granted: 5, unleased: 2 },
      { granted: 5, unleased: 2 },
    ]);
    expect(await unitsOf(periodId)).toBe(8);
    expect(await quotaOf(periodId)).toMatchObject({ leased: 8 });
  });

  test('surrenders nothing twice after its period ended, and is granted from the new period', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 6 }));
    const request = aRequest(entitlement, { periodId, surrender: 2, need: 3, want: 3 });
    await source().acquire(request);
    await endPeriod(periodId);
    const again = await source().acquire(request);
    expect(again).toMatchObject({ granted: 3, unleased: 7 });
    expect(again.periodId).not.toBe(periodId);
    expect(await unitsOf(periodId)).toBe(7);
  });
});

/** Polls the server until that many statements wait for a lock. */
async function waitingStatements(count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(fresh.db);
    if ((rows[0]?.waiting ?? 0) >= count) return;
  }
}

describe('a changed plan', () => {
  test('with a lower limit grants nothing more, with a higher one the difference', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 10 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 6 }));
    await movePlan(fresh.db, entitlement, { limit: 5 });
    expect(await source().acquire(aRequest(entitlement, { periodId, need: 0, want: 5 }))).toMatchObject({ granted: 0, unleased: 0 });
    expect(await source().acquire(aRequest(entitlement, { periodId, surrender: 6, want: 6 }))).toMatchObject({ granted: 5, unleased: 0 });
    await movePlan(fresh.db, entitlement, { limit: 8 });
    expect(await source().acquire(aRequest(entitlement, { periodId, want: 9 }))).toMatchObject({ periodId, granted: 3, unleased: 0 });
  });

  test('without a limit grants without a lease, and takes back earlier units', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: null });
    const first = await source().acquire(aRequest(entitlement));
    expect(first).toMatchObject({ granted: Number.POSITIVE_INFINITY, unleased: Number.POSITIVE_INFINITY });
    expect(await unitsOf(first.periodId)).toBeUndefined();
    await movePlan(fresh.db, entitlement, { limit: 10 });
    expect(await source().acquire(aRequest(entitlement, { periodId: first.periodId, want: 4 }))).toMatchObject({ granted: 4, unleased: 6 });
    await movePlan(fresh.db, entitlement, { limit: null });
    const last = await source().acquire(aRequest(entitlement, { periodId: first.periodId, surrender: 3 }));
    expect(last).toMatchObject({ periodId: first.periodId, granted: Number.POSITIVE_INFINITY });
    expect(await unitsOf(first.periodId)).toBe(1);
  });

  test('with another period length corrects the end of the current period and starts no second one', async () => {
    const anchor = new Date(Date.now() - 50 * 3_600_000);
    const entitlement = await anEntitlement(fresh.db, { anchor, limit: 10 });
    const month = await source().acquire(aRequest(entitlement, { want: 4 }));
    await movePlan(fresh.db, entitlement, { limit: 10, period: 'day' });
    const day = await source().acquire(aRequest(entitlement, { want: 9 }));
    expect(day).toMatchObject({ periodId: month.periodId, startsAt: month.startsAt, granted: 6 });
    expect(day.endsAt).toBe(periodAt(anchor, 'day', new Date(day.nowMs)).endsAt.getTime());
    await movePlan(fresh.db, entitlement, { limit: 10 });
    expect(await source().acquire(aRequest(entitlement, { need: 0 }))).toMatchObject({ periodId: month.periodId, endsAt: month.endsAt });
    expect(await periodsOf(entitlement)).toHaveLength(1);
  });

  test('that is monthly again extends a shortened period', async () => {
    const anchor = new Date(Date.now() - 50 * 3_600_000);
    const entitlement = await anEntitlement(fresh.db, { anchor, limit: 10 });
    const month = await source().acquire(aRequest(entitlement, { want: 4 }));
    await sql`update quotas set ends_at = now() - interval '1 second' where period_id = ${month.periodId}`.execute(fresh.db);
    expect(await source().acquire(aRequest(entitlement, { want: 9 }))).toMatchObject({ periodId: month.periodId, granted: 6 });
    expect(await periodsOf(entitlement)).toHaveLength(1);
  });
});

describe('closing leases', () => {
  test('releaseAll returns every unit of this gateway and of no other', async () => {
    await source().releaseAll();
    const entitlement = await anEntitlement(fresh.db, { limit: 20 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 8 }));
    await source('gw_b').acquire(aRequest(entitlement, { want: 5 }));
    await source().releaseAll();
    await source().releaseAll();
    expect(await quotaOf(periodId)).toMatchObject({ settled: 0, leased: 5 });
    expect([await unitsOf(periodId), await unitsOf(periodId, 'gw_b')]).toEqual([0, 5]);
  });

  test('writeOff settles held units as spent', async () => {
    const entitlement = await anEntitlement(fresh.db, { limit: 20 });
    const { periodId } = await source().acquire(aRequest(entitlement, { want: 8 }));
    await source().writeOff();
    expect(await quotaOf(periodId)).toMatchObject({ settled: 8, leased: 0 });
    expect(await source().acquire(aRequest(entitlement, { want: 20 }))).toMatchObject({ granted: 12, unleased: 0 });
  });
});
