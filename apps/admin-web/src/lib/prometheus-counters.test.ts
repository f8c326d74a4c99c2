import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from './prometheus.ts';
import { addUp, increases, seriesOf, sumBy } from './prometheus-counters.ts';

const sample = (value: number, labels: Record<string, string> = {}): Sample => ({ name: 'a_total', labels, value });
const grown = (before: number, after: number, restarted = false) => increases([sample(before)], [sample(after)], restarted)[0]?.value;

describe('what counters grew by', () => {
  test('the difference, nothing when nothing happened', () => {
    expect([grown(5, 8), grown(8, 8)]).toEqual([3, 0]);
  });

  test('a reset counts what came after it', () => {
    expect([grown(100, 4), grown(100, 0)]).toEqual([4, 0]);
  });

  test('after a known restart a counter that is higher began anew as well', () => {
    expect(grown(3, 10, true)).toBe(10);
  });

  test('a series that is new grew from 0, one that went grew by nothing', () => {
    const before = [sample(5, { code: 'A' }), sample(1, { code: 'B' })];
    expect(increases(before, [sample(6, { code: 'A' }), sample(2, { code: 'C' })]).map(({ value }) => value)).toEqual([1, 2]);
  });

  test('series are told apart by all of their labels, in any order', () => {
    expect(seriesOf(sample(1, { a: '1', b: '2' }))).toBe(seriesOf(sample(2, { b: '2', a: '1' })));
    expect(seriesOf(sample(1, { a: '1,b=2' }))).not.toBe(seriesOf(sample(1, { a: '1', b: '2' })));
  });

  test('whatever two scrapes show, nothing grows by less than nothing or by no number', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.boolean(), (before, after, restarted) => {
        const by = grown(before, after, restarted) ?? Number.NaN;
        expect(by >= 0 && Number.isFinite(by)).toBe(true);
      }),
    );
  });

  test('however often the process restarts, the growth adds up to what was counted', () => {
    // Each run of the process: what it counted between the scrapes.
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

test('samples are added up by a label; those without it are left out', () => {
  const samples = [sample(1, { code: 'A', route: 'x' }), sample(2, { code: 'A', route: 'y' }), sample(4, { code: 'B' }), sample(8)];
  expect([...sumBy(samples, ({ labels }) => labels.code)]).toEqual([
    ['A', 3],
    ['B', 4],
  ]);
});

test('counts of several steps are added up by name', () => {
  expect([
    ...addUp([
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
