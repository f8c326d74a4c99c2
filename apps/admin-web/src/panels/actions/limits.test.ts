import { describe, expect, test } from 'vitest';
import { announcement, countdown, latestLimits, limitsOfKey, limitsOfResponse, nextReset, remainingAt, resetText } from './limits.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY_MS = 86_400_000;
const rate = { limit: 60, remaining: 0, resetSeconds: 12, windowSeconds: 60 };
const quota = { limit: 1_000, remaining: 5, resetSeconds: 3_600, windowSeconds: null };

describe('the limits of a response', () => {
  test('have reset times instead of seconds', () => {
    expect(limitsOfResponse({ rate, quota }, NOW, null)).toEqual({
      rate: { limit: 60, remaining: 0, resetsAt: NOW + 12_000 },
      quota: { limit: 1_000, remaining: 5, resetsAt: NOW + 3_600_000 },
      at: NOW,
    });
  });

  test('are null without RateLimit fields, and have a null quota without a quota field', () => {
    expect(limitsOfResponse({}, NOW, null)).toBeNull();
    expect(limitsOfResponse({ rate }, NOW, null)?.quota).toBeNull();
  });

  test('use a Retry-After longer than the window, but only when the rate is exhausted', () => {
    expect(limitsOfResponse({ rate }, NOW, 30)?.rate?.resetsAt).toBe(NOW + 30_000);
    expect(limitsOfResponse({ rate: { ...rate, remaining: 1 } }, NOW, 30)?.rate?.resetsAt).toBe(NOW + 12_000);
  });
});

test('a key without a rate limit and a quota has null for both', () => {
  const usage = { used: 3, limit: null, remaining: null, periodStart: '', periodEnd: '2026-12-01T00:00:00.000Z' };
  expect(limitsOfKey({ rate: { limit: null, remaining: null, resetSeconds: null }, usage }, NOW)).toEqual({
    rate: null,
    quota: null,
    at: NOW,
  });
});

test('the limits of a response are used for five seconds or until their window ends, then those of the key', () => {
  const response = limitsOfResponse({ rate }, NOW, null);
  const later = (ms: number) => ({ rate: null, quota: null, at: NOW + ms });
  expect(latestLimits(response, later(5_000))).toBe(response);
  expect(latestLimits(response, later(5_001))).toEqual(later(5_001));
  const short = limitsOfResponse({ rate: { ...rate, resetSeconds: 1 } }, NOW, null);
  expect(latestLimits(short, later(1_000))).toEqual(later(1_000));
  expect(latestLimits(null, later(0))).toEqual(later(0));
  expect(latestLimits(response, null)).toBe(response);
});

test('the whole limit remains from its reset on', () => {
  const limit = { limit: 60, remaining: 0, resetsAt: NOW };
  expect([remainingAt(limit, NOW - 1), remainingAt(limit, NOW)]).toEqual([0, 60]);
});

test('the next reset is that of an exhausted limit, unless the limit is 0', () => {
  const limits = limitsOfResponse({ rate, quota }, NOW, null);
  expect(nextReset(limits, NOW)).toBe(NOW + 12_000);
  expect(nextReset(limits, NOW + 12_000)).toBeNull();
  expect(nextReset(limitsOfResponse({ rate: { ...rate, limit: 0 } }, NOW, null), NOW)).toBeNull();
  expect(nextReset(null, NOW)).toBeNull();
});

test('the countdown has whole seconds and is never negative', () => {
  expect([12_000, 11_001, 1, 0, -5_000, 65_000].map((ms) => countdown(NOW + ms, NOW))).toEqual([
    '12 s',
    '12 s',
    '1 s',
    '0 s',
    '0 s',
    '1 min 5 s',
  ]);
});

test('a reset within a day is shown as a duration, a later one as a date', () => {
  expect(resetText(NOW + DAY_MS - 1_000, NOW)).toBe('resets in 23 h 59 min');
  expect(resetText(Date.UTC(2026, 11, 1, 12), NOW)).toBe('resets Dec 1');
});

test('the announcement has no seconds', () => {
  expect(announcement(limitsOfResponse({ rate, quota }, NOW, null), NOW)).toBe('Rate limit reached');
  expect(announcement(limitsOfResponse({ rate, quota }, NOW, null), NOW + 12_000)).toBe('');
  expect(announcement(limitsOfResponse({ rate, quota: { ...quota, remaining: 0 } }, NOW, null), NOW)).toBe('Quota used up');
  expect(announcement(null, NOW)).toBe('');
});
