import { expect, test } from 'vitest';
import { planMixOf } from './plan-mix.ts';

const plan = (id: string, keys: number) => ({ id, name: id, entitlements: keys, keys });

test('without a key there is no bar, and no share of nothing', () => {
  expect(planMixOf([])).toEqual({ bars: [], otherKeys: 0, otherPlans: 0, unused: 0 });
  expect(planMixOf([plan('a', 0)])).toEqual({ bars: [], otherKeys: 0, otherPlans: 0, unused: 1 });
});

test('the largest plan comes first; shares are of all keys', () => {
  const { bars, unused } = planMixOf([plan('a', 1), plan('b', 3), plan('c', 0)]);
  expect(bars.map(({ id, share }) => [id, share])).toEqual([
    ['b', 0.75],
    ['a', 0.25],
  ]);
  expect(unused).toBe(1);
});

test('of nine plans eight are drawn and the smallest is a number', () => {
  const { bars, otherKeys, otherPlans } = planMixOf(Array.from({ length: 9 }, (_, n) => plan(`p${n}`, n + 1)));
  expect([bars.length, bars.at(-1)?.id, otherKeys, otherPlans]).toEqual([8, 'p1', 1, 1]);
});
