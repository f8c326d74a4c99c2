import { describe, expect, test } from 'vitest';
import { fromLocalField, includesNow, summarySpanOf, timeBounds, timeRangeError, toLocalField } from './time-filter.ts';

const NOW = new Date('2026-11-25T12:00:30Z');
const custom = (from: string, to: string) => ({ range: 'custom', from, to });

describe('a time filter', () => {
  test('has no end for a range up to now, and no bounds for “all”', () => {
    expect(timeBounds({ range: '1h', from: '', to: '' }, NOW)).toEqual({ from: '2026-11-25T11:01:00.000Z' });
    expect(timeBounds({ range: 'all', from: '2026-01-01T00:00:00Z', to: '' }, NOW)).toEqual({});
    expect(timeBounds({ range: 'toString', from: '', to: '' }, NOW)).toEqual({ from: '2026-11-24T12:01:00.000Z' });
  });

  test('has the custom bounds that are valid times', () => {
    expect(timeBounds(custom('', ''), NOW)).toEqual({});
    expect(timeBounds(custom('nonsense', '2026-11-02T00:00:00+01:00'), NOW)).toEqual({ to: '2026-11-01T23:00:00.000Z' });
  });

  test('includes new rows until its end has passed', () => {
    expect(includesNow({ range: '24h', from: '', to: '2020-01-01T00:00:00Z' }, NOW)).toBe(true);
    expect(includesNow(custom('', ''), NOW)).toBe(true);
    expect(includesNow(custom('', '2026-11-25T12:00:31Z'), NOW)).toBe(true);
    expect(includesNow(custom('', '2026-11-25T12:00:30Z'), NOW)).toBe(false);
  });

  test('is invalid when it ends before it starts', () => {
    expect(timeRangeError(custom('2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z'))).toMatch('after');
    expect(timeRangeError(custom('2026-11-02T00:00:00Z', '2026-11-02T00:00:00Z'))).toBeNull();
    expect(timeRangeError({ ...custom('2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z'), range: '1h' })).toBeNull();
  });

  test('reads the finest roll-up that is still kept and returns few rows', () => {
    const bucket = (from: string, to: string) => summarySpanOf(custom(from, to), NOW).bucket;
    expect(bucket('2026-11-25T06:01:00Z', '')).toBe('minute');
    expect(bucket('2026-11-25T05:00:00Z', '')).toBe('hour');
    expect(bucket('2026-11-20T00:00:00Z', '2026-11-20T01:00:00Z')).toBe('hour');
    expect(bucket('2026-11-01T00:00:00Z', '')).toBe('day');
    expect(bucket('2026-06-01T00:00:00Z', '2026-06-01T01:00:00Z')).toBe('day');
    expect(bucket('', '')).toBe('day');
    expect(summarySpanOf({ range: 'all', from: '', to: '' }, NOW)).toMatchObject({ from: new Date(0), bucket: 'day' });
  });

  test('round-trips through a local input, and an empty bound stays empty', () => {
    for (const time of ['2026-11-25T12:00:00.000Z', '2026-07-01T23:59:30.000Z', '']) expect(fromLocalField(toLocalField(time))).toBe(time);
    expect(toLocalField('2026-07-01T23:59:00Z')).toHaveLength(16);
    expect([toLocalField('soon'), fromLocalField('soon')]).toEqual(['', '']);
  });
});
