import { expect, test } from 'vitest';
import { planMix } from './plans.tsx';

const plan = (id: string, keys: number) => ({ id, name: id, entitlements: keys, keys });

test('there are no bars without keys', () => {
  expect(planMix([])).toEqual({ bars: [], otherKeys: 0, otherPlans: 0, unused: 0 });
  expect(planMix([plan('a', 0)])).toEqual({ bars: [], otherKeys: 0, otherPlans: 0, unused: 1 });
});

test('the plan with the most keys comes first, with its share of all keys', () => {
  const { bars, unused } = planMix([plan('a', 1), plan('b', 3), plan('c', 0)]);
  expect(bars.map(({ id, share }) => [id, share])).toEqual([
    ['b', 0.75],
    ['a', 0.25],
  ]);
  expect(unused).toBe(1);
});

test('the eight largest plans have bars, and the ninth is only counted', () => {
  const { bars, otherKeys, otherPlans } = planMix(Array.from({ length: 9 }, (_, n) => plan(`p${n}`, n + 1)));
  expect([bars.length, bars.at(-1)?.id, otherKeys, otherPlans]).toEqual([8, 'p1', 1, 1]);
});
