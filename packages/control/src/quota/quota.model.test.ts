import { DENIAL_MS } from '@api-factory/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlApp, controlApp } from '../testing/app.ts';
import { aBilling } from '../testing/billing.ts';
import { type MovableDatabase, movable } from '../usage/testing/movable.ts';
import { type PlanLimits, QuotaModel } from './testing/quota-model.ts';

/**
 * Random plans, anchors, calls, refunds, settlements, restarts and times, on the real statements.
 * After every admission, the units admitted since the start of the current window, by the current
 * plan and anchor, are at most the current limit. One exception: an anchor that starts a new
 * period, later than any period started, leaves earlier units in the previous period. Unlimited
 * plans are left out: they lease nothing.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 31, 10, 30);

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
  | { do: 'edit'; limits: PlanLimits }
  | { do: 'switch'; limits: PlanLimits }
  | { do: 'anchor'; days: number }
  | { do: 'back'; to: number };

const by = fc.nat(1);
const limits: fc.Arbitrary<PlanLimits> = fc.record({ limit: fc.constantFrom(0, 1, 5, 10, 40), period: fc.constantFrom('month', 'day') });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('call' as const), by, cost: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), by }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('releaseAll', 'writeOff'), by }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, HOUR, 7 * HOUR, DAY, 3 * DAY, 20 * DAY) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), limits }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('switch' as const), limits }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('anchor' as const), days: fc.oneof(fc.constant(0), fc.integer({ min: -35, max: 35 })) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), to: fc.nat(5) }) },
);

async function run(model: QuotaModel, step: Step, anchors: number[]): Promise<void> {
  if (step.do === 'call') {
    if ((await model.call(step.by, step.cost)) === 'ALLOW') expectWithinLimit(model, step.cost);
  } else if (step.do === 'wait') await model.wait(step.ms);
  else if (step.do === 'edit') await model.replan(step.limits, { alone: false });
  else if (step.do === 'switch') await model.replan(step.limits, { alone: true });
  else if (step.do === 'anchor') {
    anchors.push(model.now + step.days * DAY);
    await model.moveAnchor(anchors.at(-1) as number);
  } else if (step.do === 'back') await model.moveAnchor(anchors[step.to % anchors.length] as number);
  else if (step.do === 'refund') model.refund(step.by);
  else if (step.do === 'settle') await model.settle(step.by);
  else await model.restart(step.by, step.do);
}

/** A call of cost 0 uses nothing, so it may be admitted even beyond a lowered limit. */
function expectWithinLimit(model: QuotaModel, cost: number): void {
  if (cost > 0) expect(model.admittedInWindow(), 'units admitted in the current window').toBeLessThanOrEqual(model.limits.limit);
}

/** Calls of cost 1 until both gateways refuse. @returns how many were admitted */
async function drain(model: QuotaModel): Promise<number> {
  let admitted = 0;
  for (let refused = 0; refused < 2; ) {
    if ((await model.call(refused, 1)) === 'ALLOW') {
      admitted += 1;
      expectWithinLimit(model, 1);
    } else {
      refused += 1;
      await model.wait(DENIAL_MS);
    }
  }
  return admitted;
}

test('no change of plan or anchor grants a quota twice, and the next window has a full quota', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (first, steps) => {
      const model = await QuotaModel.make(database, control.context, { limits: first, now: START });
      const anchors = [model.now];
      for (const each of steps) await run(model, each, anchors);
      // Without a call since the plan change, the period would straddle the next window and count
      // in it.
      await model.call(0, 1);
      await model.wait(+model.window().endsAt - model.now);
      expect(await drain(model)).toBe(model.limits.limit);
      for (const index of [0, 1]) await model.restart(index, 'releaseAll');
      const { admitted, settled, leased, live } = await model.totals();
      expect(leased).toBe(0);
      // Units that were written off were not admitted.
      expect(settled).toBeGreaterThanOrEqual(admitted);
      if (!steps.some((each) => each.do === 'writeOff')) expect(settled).toBe(admitted);
      for (const [index, row] of live.entries()) {
        if (index > 0) expect(+row.starts_at).toBeGreaterThanOrEqual(+(live[index - 1]?.ends_at ?? 0));
      }
    }),
    { numRuns: 60 },
  );
});
