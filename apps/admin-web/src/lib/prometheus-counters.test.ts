import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from './prometheus.ts';
import { increases, seriesOf, sumBy, sumMaps } from './prometheus-counters.ts';

const sample = (value: number, labels: Record<string, string> = {}): Sample => ({ name: 'a_total', labels, value });
const increase = (before: number, after: number, restarted = false) => increases([sample(before)], [sample(after)], restarted)[0]?.value;

describe('the increase of a counter', () => {
  test('is the difference between two scrapes, 0 without activity', () => {
    expect([increase(5, 8), increase(8, 8)]).toEqual([3, 0]);
  });

  test('is its current value after a reset', () => {
    expect([increase(100, 4), increase(100, 0)]).toEqual([4, 0]);
  });

  test('is its current value after a known restart, even when that is higher than before', () => {
    expect(increase(3, 10, true)).toBe(10);
  });

  test('is counted from 0 for a new series, and omitted for a series that disappeared', () => {
    const before = [sample(5, { code: 'A' }), sample(1, { code: 'B' })];
    expect(increases(before, [sample(6, { code: 'A' }), sample(2, { code: 'C' })]).map(({ value }) => value)).toEqual([1, 2]);
  });

  test('is computed per series, identified by all labels in any order', () => {
    expect(seriesOf(sample(1, { a: '1', b: '2' }))).toBe(seriesOf(sample(2, { b: '2', a: '1' })));
    expect(seriesOf(sample(1, { a: '1,b=2' }))).not.toBe(seriesOf(sample(1, { a: '1', b: '2' })));
  });

  test('is finite and never negative for any two scrapes', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.boolean(), (before, after, restarted) => {
        const result = increase(before, after, restarted) ?? Number.NaN;
        expect(result >= 0 && Number.isFinite(result)).toBe(true);
      }),
    );
  });

  test('adds up to the total count, however often the process restarts', () => {
    // Each run of the process: its counts between the scrapes.
    const runs = fc.array(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(runs, (counted) => {
        let before: Sample[] = [sample(0)];
        let sum = 0;
        for (const run of counted) {
          let total = 0;
          for (const [index, count] of run.entries()) {
            total += count;
            sum += increases(before, [sample(total)], index === 0)[0]?.value ?? 0;
            before = [sample(total)];
          }
        }
        expect(sum).toBe(counted.flat().reduce((all, count) => all + count, 0));
      }),
    );
  });
});

test('samples are summed by a label, and samples without it are dropped', () => {
  const samples = [sample(1, { code: 'A', route: 'x' }), sample(2, { code: 'A', route: 'y' }), sample(4, { code: 'B' }), sample(8)];
  expect([...sumBy(samples, ({ labels }) => labels.code)]).toEqual([
    ['A', 3],
    ['B', 4],
  ]);
});

test('the counts of several steps are summed by name', () => {
  expect([
    ...sumMaps([
      new Map([['A', 1]]),
      new Map([
        ['A', 2],
        ['B', 3],
      ]),
      new Map(),
    ]),
  ]).toEqual([
    ['A', 3],
    ['B', 3],
  ]);
});
