import { DENIAL_MS } from '@api-factory/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { type MovableDatabase, movable } from '../usage/testing/movable.ts';
import { QuotaModel, type Terms } from './testing/quota-model.ts';

/**
 * Random plans, anchors, calls, refunds, settlements, restarts and times, on the real statements. What holds after every admission: the units
 * that were admitted since the beginning of the present window, of the plan and anchor that count now, are at most the limit that counts now.
 * One exception: an anchor that begins a new period, at a point later than any period was begun, leaves what was admitted before the move in
 * the period before. Unlimited plans are left out: they lease nothing.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGINNING = Date.UTC(2026, 0, 31, 10, 30);

let control: ControlApp;
let database: MovableDatabase;
beforeAll(async () => {
  control = await controlApp({ billing: aBilling() });
  database = await movable(control.database.url);
});
afterAll(async () => {
  await database.db.destroy();
  await control.close();
});

type Step =
  | { do: 'call'; by: number; cost: number }
  | { do: 'refund'; by: number }
  | { do: 'settle'; by: number }
  | { do: 'releaseAll' | 'writeOff'; by: number }
  | { do: 'wait'; ms: number }
  | { do: 'edit'; terms: Terms }
  | { do: 'switch'; terms: Terms }
  | { do: 'anchor'; days: number }
  | { do: 'back'; to: number };

const by = fc.nat(1);
const terms: fc.Arbitrary<Terms> = fc.record({ limit: fc.constantFrom(0, 1, 5, 10, 40), period: fc.constantFrom('month', 'day') });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('call' as const), by, cost: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('releaseAll', 'writeOff'), by }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, HOUR, 7 * HOUR, DAY, 3 * DAY, 20 * DAY) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), terms }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('switch' as const), terms }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('anchor' as const), days: fc.oneof(fc.constant(0), fc.integer({ min: -35, max: 35 })) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), to: fc.nat(5) }) },
);

async function run(world: QuotaModel, step: Step, anchors: number[]): Promise<void> {
  if (step.do === 'call') {
    if ((await world.call(step.by, step.cost)) === 'ALLOW') expectWithinLimit(world, step.cost);
  } else if (step.do === 'wait') await world.wait(step.ms);
  else if (step.do === 'edit') await world.replan(step.terms, { alone: false });
  else if (step.do === 'switch') await world.replan(step.terms, { alone: true });
  else if (step.do === 'anchor') {
    anchors.push(world.now + step.days * DAY);
    await world.moveAnchor(anchors.at(-1) as number);
  } else if (step.do === 'back') await world.moveAnchor(anchors[step.to % anchors.length] as number);
  else if (step.do === 'refund') world.refund(step.by);
  else if (step.do === 'settle') await world.settle(step.by);
  else await world.restart(step.by, step.do);
}

/** A call of cost 0 takes nothing, so it may be admitted where more was used than counts now. */
function expectWithinLimit(world: QuotaModel, cost: number): void {
  if (cost > 0) expect(world.admittedInWindow(), 'units admitted in the present window').toBeLessThanOrEqual(world.terms.limit);
}

/** Calls of cost 1 until nobody gets anything more. @returns how many were admitted */
async function drain(world: QuotaModel): Promise<number> {
  let admitted = 0;
  for (let refused = 0; refused < 2; ) {
    if ((await world.call(refused, 1)) === 'ALLOW') {
      admitted += 1;
      expectWithinLimit(world, 1);
    } else {
      refused += 1;
      await world.wait(DENIAL_MS);
    }
  }
  return admitted;
}

test('no change of plan or anchor gives a quota twice, and the next window has its whole quota', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(terms, fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (first, steps) => {
      const world = await QuotaModel.make(database, control.context, { terms: first, now: BEGINNING });
      const anchors = [world.now];
      for (const each of steps) await run(world, each, anchors);
      // A period that nobody asked for since the plan changed would straddle the next window, and count in it.
      await world.call(0, 1);
      await world.wait(+world.window().endsAt - world.now);
      expect(await drain(world)).toBe(world.terms.limit);
      for (const index of [0, 1]) await world.restart(index, 'releaseAll');
      const { admitted, settled, leased, live } = await world.totals();
      expect(leased).toBe(0);
      // What was written off was not admitted.
      expect(settled).toBeGreaterThanOrEqual(admitted);
      if (!steps.some((each) => each.do === 'writeOff')) expect(settled).toBe(admitted);
      for (const [index, row] of live.entries()) {
        if (index > 0) expect(+row.starts_at).toBeGreaterThanOrEqual(+(live[index - 1]?.ends_at ?? 0));
      }
    }),
    { numRuns: 60 },
  );
});
