import { describe, expect, test } from 'vitest';
import { hasEnded, isSweeping, percentOf, sweepText } from './sweep.ts';

describe('a sweep', () => {
  const report = { startedAt: '2026-01-01T00:00:00.000Z', finishedAt: null, events: 0, customers: 0, total: 0, drift: 0, error: null };
  const done = { ...report, finishedAt: '2026-01-01T00:00:02.000Z', customers: 3, total: 3 };

  test('is running until it has finished', () => {
    expect(isSweeping({ reconcile: null })).toBe(false);
    expect(isSweeping({ reconcile: report })).toBe(true);
    expect(isSweeping({ reconcile: done })).toBe(false);
  });

  test('that was just requested is not confused with the previous one', () => {
    expect(hasEnded({ reconcile: null }, done.startedAt)).toBe(false);
    expect(hasEnded({ reconcile: report }, report.startedAt)).toBe(false);
    expect(hasEnded({ reconcile: done }, done.startedAt)).toBe(true);
    expect(hasEnded({ reconcile: done }, '2026-01-01T00:00:00.001Z')).toBe(false);
  });

  test('shows its progress once its total is known', () => {
    expect(percentOf(report)).toBeNull();
    expect(percentOf({ customers: 0, total: 3 })).toBe(0);
    expect(percentOf({ customers: 3, total: 3 })).toBe(100);
    expect(percentOf({ customers: 4, total: 3 })).toBe(100);
  });

  test('shows what it found', () => {
    expect(sweepText(done)).toBe('3 customers checked in 2 s: no differences from Stripe.');
    expect(sweepText({ ...done, customers: 1, drift: 1, events: 1 })).toBe(
      '1 customer checked in 2 s: 1 customer differed from Stripe and was corrected. 1 missing event was added.',
    );
    expect(sweepText({ ...report, total: 3, customers: 1 })).toBe('1 of 3 customers');
  });
});
