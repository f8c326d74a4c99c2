import { type PeriodLength, periodAt } from '@api-factory/core';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { windowOf } from './grant-store.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

type Case = [anchor: Date, period: PeriodLength, now: Date];

async function windowsOf(cases: Case[]): Promise<string[][]> {
  const column = <T>(pick: (row: Case) => T) => cases.map(pick);
  const terms = sql`(select place, quota_period, anchor at time zone 'UTC' as origin, now at time zone 'UTC' as moment
    from unnest(${column(([anchor]) => anchor)}::timestamptz[], ${column((row) => row[1])}::text[], ${column((row) => row[2])}::timestamptz[])
      with ordinality as a (anchor, quota_period, now, place))`;
  const { rows } = await sql<{ window_starts: Date; window_ends: Date }>`select * from (${windowOf(terms)}) w order by place`.execute(
    fresh.db,
  );
  return rows.map((row) => [row.window_starts.toISOString(), row.window_ends.toISOString()]);
}

const expected = ([anchor, period, now]: Case): string[] => {
  const { startsAt, endsAt } = periodAt(anchor, period, now);
  return [startsAt.toISOString(), endsAt.toISOString()];
};

test('windowOf computes the same periods as periodAt, for any anchor and time, also at the edges of months and windows', async () => {
  const time = fc.date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2090-12-31T23:59:59.999Z'), noInvalidDate: true });
  const monthEnd = fc
    .record({ month: fc.nat(1_000), ms: fc.integer({ min: -1, max: 1 }) })
    .map(({ month, ms }) => new Date(Date.UTC(2000, month, 1) + ms));
  const moment = fc.oneof(time, monthEnd);
  const randomCase = fc.tuple(moment, fc.constantFrom<PeriodLength>('month', 'day'), moment);
  await fc.assert(
    fc.asyncProperty(fc.array(randomCase, { minLength: 50, maxLength: 200 }), async (rows) => {
      const edges = rows.flatMap(([anchor, period, now]): Case[] => {
        const { endsAt } = periodAt(anchor, period, now);
        return [-1, 0, 1].map((ms): Case => [anchor, period, new Date(endsAt.getTime() + ms)]);
      });
      const all = [...rows, ...edges];
      expect(await windowsOf(all)).toEqual(all.map(expected));
    }),
    { numRuns: 20 },
  );
});
