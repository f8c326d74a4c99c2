import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PeriodLength, periodAt } from './periods.ts';

const at = (text: string) => new Date(text);
const times = fc.date({ min: at('1990-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z'), noInvalidDate: true });
const lengths = fc.constantFrom<PeriodLength>('month', 'day');
const bounds = (anchor: string, period: PeriodLength, now: string) => {
  const { startsAt, endsAt } = periodAt(at(anchor), period, at(now));
  return [startsAt.toISOString(), endsAt.toISOString()];
};

describe('periodAt', () => {
  test('returns a period that contains now, before and after the anchor', () => {
    fc.assert(
      fc.property(times, lengths, times, (anchor, period, now) => {
        const { startsAt, endsAt } = periodAt(anchor, period, now);
        expect(startsAt.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(endsAt.getTime()).toBeGreaterThan(now.getTime());
      }),
    );
  });

  test('returns periods without gaps or overlaps', () => {
    fc.assert(
      fc.property(times, lengths, times, (anchor, period, now) => {
        const here = periodAt(anchor, period, now);
        expect(periodAt(anchor, period, here.endsAt).startsAt).toEqual(here.endsAt);
        expect(periodAt(anchor, period, new Date(here.startsAt.getTime() - 1)).endsAt).toEqual(here.startsAt);
        expect(periodAt(anchor, period, here.startsAt)).toEqual(here);
      }),
    );
  });

  test('starts a month on the anchor’s day and time of day, or on the last day of a shorter month', () => {
    fc.assert(
      fc.property(times, times, (anchor, now) => {
        const { startsAt } = periodAt(anchor, 'month', now);
        const lastDay = new Date(Date.UTC(startsAt.getUTCFullYear(), startsAt.getUTCMonth() + 1, 0)).getUTCDate();
        expect(startsAt.getUTCDate()).toBe(Math.min(anchor.getUTCDate(), lastDay));
        expect(startsAt.getTime() % 86_400_000).toBe(anchor.getTime() % 86_400_000);
      }),
    );
  });

  test('starts a day at the anchor’s time of day, 24 h long', () => {
    expect(bounds('2025-03-10T17:30:00Z', 'day', '2025-03-12T17:29:59.999Z')).toEqual([
      '2025-03-11T17:30:00.000Z',
      '2025-03-12T17:30:00.000Z',
    ]);
    expect(bounds('2025-03-10T17:30:00Z', 'day', '2025-03-12T17:30:00Z')).toEqual(['2025-03-12T17:30:00.000Z', '2025-03-13T17:30:00.000Z']);
  });

  test('starts the first period at the anchor', () => {
    expect(bounds('2025-01-15T08:00:00Z', 'month', '2025-01-15T08:00:00Z')).toEqual([
      '2025-01-15T08:00:00.000Z',
      '2025-02-15T08:00:00.000Z',
    ]);
    expect(bounds('2025-01-15T08:00:00Z', 'month', '2025-01-15T07:59:59.999Z')[0]).toBe('2024-12-15T08:00:00.000Z');
  });

  test.each([
    ['2025-01-31T00:00:00Z', '2025-02-10T00:00:00Z', '2025-01-31T00:00:00.000Z', '2025-02-28T00:00:00.000Z'],
    ['2025-01-31T00:00:00Z', '2025-02-28T00:00:00Z', '2025-02-28T00:00:00.000Z', '2025-03-31T00:00:00.000Z'],
    ['2025-01-31T00:00:00Z', '2025-04-30T00:00:00Z', '2025-04-30T00:00:00.000Z', '2025-05-31T00:00:00.000Z'],
    ['2024-01-30T00:00:00Z', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z', '2024-03-30T00:00:00.000Z'],
    ['2024-02-29T12:00:00Z', '2025-02-28T12:00:00Z', '2025-02-28T12:00:00.000Z', '2025-03-29T12:00:00.000Z'],
    ['2024-02-29T12:00:00Z', '2028-02-29T12:00:00Z', '2028-02-29T12:00:00.000Z', '2028-03-29T12:00:00.000Z'],
    ['2024-12-31T23:59:59Z', '2025-01-01T00:00:00Z', '2024-12-31T23:59:59.000Z', '2025-01-31T23:59:59.000Z'],
  ])('counts months from the original anchor %s: %s is in %s … %s', (anchor, now, startsAt, endsAt) => {
    expect(bounds(anchor, 'month', now)).toEqual([startsAt, endsAt]);
  });
});
