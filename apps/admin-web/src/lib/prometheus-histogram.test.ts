import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bucket, bucketsOf, mergeBuckets, quantileOf } from './prometheus-histogram.ts';

/**
 * Builds cumulative buckets from the count within each bucket; the last count is that of `+Inf`.
 */
const histogram = (bounds: number[], counts: number[]): Bucket[] => {
  let count = 0;
  return [...bounds, Infinity].map((bound, index) => {
    count += counts[index] ?? 0;
    return { bound, count };
  });
};

describe('a quantile from buckets', () => {
  test('is interpolated within its bucket, from 0 in the first one', () => {
    const buckets = histogram([1, 2, 4], [10, 10, 20, 0]);
    expect([quantileOf(0.125, buckets), quantileOf(0.5, buckets), quantileOf(0.75, buckets), quantileOf(1, buckets)]).toEqual([
      0.5, 2, 3, 4,
    ]);
  });

  test('is null without observations', () => {
    expect([quantileOf(0.5, []), quantileOf(0.5, histogram([1, 2], [0, 0, 0]))]).toEqual([null, null]);
  });

  test('is the last finite bound when every observation is above it', () => {
    expect(quantileOf(0.5, histogram([1, 2], [0, 0, 7]))).toBe(2);
  });

  test('is null without a +Inf bucket, and with no other bucket', () => {
    expect(
      quantileOf(0.5, [
        { bound: 1, count: 3 },
        { bound: 2, count: 5 },
      ]),
    ).toBeNull();
    expect(quantileOf(0.5, [{ bound: Infinity, count: 3 }])).toBeNull();
  });

  test('at 0 is the lower bound of the first bucket with observations', () => {
    expect(quantileOf(0, histogram([1, 2], [0, 5, 0]))).toBe(0);
    expect(quantileOf(0, histogram([1, 2], [5, 0, 0]))).toBe(0);
  });

  test('is the upper bound of a first bucket that ends at or below 0', () => {
    expect(quantileOf(0.5, histogram([-1, 1], [5, 0, 0]))).toBe(-1);
  });

  test.each([-0.1, 1.1, Number.NaN])('is null for the invalid quantile %s', (quantile) => {
    expect(quantileOf(quantile, histogram([1], [1, 0]))).toBeNull();
  });

  test('is in the bucket of the true quantile, and never decreases as the quantile rises', () => {
    const bounds = [1, 2, 5, 10, 50];
    const share = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }), share, share, (observed, one, other) => {
        const sorted = observed.toSorted((a, b) => a - b);
        const counts = [...bounds, Infinity].map((bound, i) => sorted.filter((v) => v <= bound && v > (bounds[i - 1] ?? 0)).length);
        const buckets = histogram(bounds, counts);
        const truth = sorted[Math.max(0, Math.ceil(one * sorted.length) - 1)] ?? 0;
        const at = bounds.findIndex((bound) => truth <= bound);
        const estimate = quantileOf(one, buckets) ?? Number.NaN;
        expect(estimate).toBeGreaterThanOrEqual((bounds[at - 1] ?? 0) - 1e-9);
        expect(estimate).toBeLessThanOrEqual((bounds[at] ?? 0) + 1e-9);
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(quantileOf(low, buckets) ?? 0).toBeLessThanOrEqual((quantileOf(high, buckets) ?? 0) + 1e-9);
      }),
    );
  });
});

describe('buckets', () => {
  const bucket = (le: string, value: number, route: string) => ({ name: 'd_bucket', labels: { le, route }, value });

  test('of all routes are merged and ordered by bound', () => {
    const samples = [
      bucket('+Inf', 3, '/a'),
      bucket('10', 2, '/a'),
      bucket('2.5', 1, '/a'),
      bucket('2.5', 4, '/b'),
      bucket('+Inf', 4, '/b'),
    ];
    expect(bucketsOf(samples)).toEqual([
      { bound: 2.5, count: 5 },
      { bound: 10, count: 2 },
      { bound: Infinity, count: 7 },
    ]);
  });

  test('without a bound are dropped', () => {
    expect(bucketsOf([{ name: 'd_count', labels: {}, value: 3 }, bucket('', 1, '/a'), bucket('many', 1, '/a')])).toEqual([]);
  });

  test('that seem to decrease are treated as equal', () => {
    expect(
      quantileOf(1, [
        { bound: 1, count: 5 },
        { bound: 2, count: 4 },
        { bound: Infinity, count: 5 },
      ]),
    ).toBe(1);
  });

  test('of several steps are added up', () => {
    expect(mergeBuckets([histogram([1], [1, 1]), [], histogram([1], [2, 0])])).toEqual(histogram([1], [3, 1]));
  });
});
