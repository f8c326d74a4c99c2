import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/database.ts';
import { type FreshDatabase, freshDatabase } from '../testing/database.ts';
import { BatchModel, type Fate } from './testing/batch-model.ts';

/**
 * Random rounds of 64 requests that arrive in one tick, from two gateways, on the real statements.
 * After every round each lease is what its answers say, and no current period is leased beyond its
 * limit, unless the limit was lowered below what was leased before.
 */

const ENTITLEMENTS = 64;

let fresh: FreshDatabase;
let leases: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  leases = openDatabase(fresh.url, { byKeyOnly: true });
});
afterAll(async () => {
  await leases.destroy();
  await fresh.drop();
});

type Step =
  | { do: 'round'; by: number; want: number; surrender: number; fate: Fate }
  | { do: 'limit'; of: number; limit: number }
  | { do: 'end'; of: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('round' as const),
      by: fc.nat(1),
      want: fc.integer({ min: 1, max: 9 }),
      surrender: fc.nat(5),
      fate: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Fate>('answered') },
        { weight: 2, arbitrary: fc.constant<Fate>('lost') },
        { weight: 1, arbitrary: fc.constant<Fate>('killed') },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), of: fc.nat(ENTITLEMENTS - 1), limit: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), of: fc.nat(ENTITLEMENTS - 1) }) },
);

test('a lost answer, a surrender, an ended period, another limit and a dead connection keep every quota exact', {
  timeout: 300_000,
}, async () => {
  const limits = fc.array(fc.nat(40), { minLength: ENTITLEMENTS, maxLength: ENTITLEMENTS });
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { minLength: 4, maxLength: 14, size: 'max' }), async (first, steps) => {
      const model = await BatchModel.make(fresh, leases, first);
      const entitlements = [...model.limits.keys()];
      const lowered = new Set<string>();
      for (const each of steps) {
        if (each.do === 'round') await model.round(each.by, each);
        else if (each.do === 'end') await model.endPeriod(entitlements[each.of] as string);
        else {
          const of = entitlements[each.of] as string;
          if (each.limit < (model.limits.get(of) as number)) lowered.add(of);
          await model.setLimit(of, each.limit);
        }
        const { expected, stored } = await model.books();
        expect(stored).toEqual(expected);
        expect((await model.excess()).filter(({ entitlementId, leased, sum }) => leased !== sum || !lowered.has(entitlementId))).toEqual(
          [],
        );
      }
    }),
    { numRuns: 40 },
  );
});
