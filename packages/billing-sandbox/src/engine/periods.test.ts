import { describe, expect, test } from 'vitest';
import { nextBoundary } from './periods.ts';

const at = (text: string) => Date.parse(`${text}T08:30:00Z`) / 1000;
const days = (anchor: string, interval: string, count: number, steps: number) => {
  const found: string[] = [];
  let after = at(anchor);
  for (let step = 0; step < steps; step += 1) {
    after = nextBoundary(at(anchor), { interval, interval_count: count }, after);
    found.push(new Date(after * 1000).toISOString().slice(0, 10));
  }
  return found;
};

describe('the boundaries of a billing cycle', () => {
  test.each([
    ['2027-01-31', 'month', 1, ['2027-02-28', '2027-03-31', '2027-04-30']],
    ['2028-01-30', 'month', 1, ['2028-02-29', '2028-03-30', '2028-04-30']],
    ['2027-01-29', 'month', 1, ['2027-02-28', '2027-03-29', '2027-04-29']],
    ['2027-11-30', 'month', 3, ['2028-02-29', '2028-05-30', '2028-08-30']],
    ['2028-02-29', 'year', 1, ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']],
    ['2027-01-31', 'week', 2, ['2027-02-14', '2027-02-28']],
    ['2027-02-28', 'day', 1, ['2027-03-01', '2027-03-02']],
  ] as const)('from %s every %s × %i', (anchor, interval, count, expected) => {
    expect(days(anchor, interval, count, expected.length)).toEqual(expected);
  });

  test('a boundary belongs to the next period, and before the anchor the next one is the anchor', () => {
    const cycle = { interval: 'month', interval_count: 1 };
    expect(nextBoundary(at('2027-01-31'), cycle, at('2027-02-28') - 1)).toBe(at('2027-02-28'));
    expect(nextBoundary(at('2027-01-31'), cycle, at('2027-02-28'))).toBe(at('2027-03-31'));
    expect(nextBoundary(at('2027-01-31'), cycle, at('2027-01-01'))).toBe(at('2027-01-31'));
  });
});
