import { describe, expect, test } from 'vitest';
import { announcement, countdown, latestLimits, leftOf, limitsOfAnswer, limitsOfKey, nextRenewal, resetWords } from './limits.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY_MS = 86_400_000;
const rate = { limit: 60, remaining: 0, resetSeconds: 12, windowSeconds: 60 };
const quota = { limit: 1_000, remaining: 5, resetSeconds: 3_600, windowSeconds: null };

describe('limitsOfAnswer', () => {
  test('seconds become times', () => {
    expect(limitsOfAnswer({ rate, quota }, NOW, null)).toEqual({
      rate: { limit: 60, remaining: 0, resetsAt: NOW + 12_000 },
      quota: { limit: 1_000, remaining: 5, resetsAt: NOW + 3_600_000 },
      at: NOW,
    });
  });

  test('an answer without limits says nothing, a plan without a quota has none', () => {
    expect(limitsOfAnswer({}, NOW, null)).toBeNull();
    expect(limitsOfAnswer({ rate }, NOW, null)?.quota).toBeNull();
  });

  test('a wait longer than the window counts, but only for a rate that is used up', () => {
    expect(limitsOfAnswer({ rate }, NOW, 30)?.rate?.resetsAt).toBe(NOW + 30_000);
    expect(limitsOfAnswer({ rate: { ...rate, remaining: 1 } }, NOW, 30)?.rate?.resetsAt).toBe(NOW + 12_000);
  });
});

test('a key without limits has none', () => {
  const usage = { used: 3, limit: null, remaining: null, periodStart: '', periodEnd: '2026-12-01T00:00:00.000Z' };
  expect(limitsOfKey({ rate: { limit: null, remaining: null, resetSeconds: null }, usage }, NOW)).toEqual({
    rate: null,
    quota: null,
    at: NOW,
  });
});

test('an answer stands for five seconds, or until its window ends; then the key’s own word counts', () => {
  const answer = limitsOfAnswer({ rate }, NOW, null);
  const later = (ms: number) => ({ rate: null, quota: null, at: NOW + ms });
  expect(latestLimits(answer, later(5_000))).toBe(answer);
  expect(latestLimits(answer, later(5_001))).toEqual(later(5_001));
  const short = limitsOfAnswer({ rate: { ...rate, resetSeconds: 1 } }, NOW, null);
  expect(latestLimits(short, later(1_000))).toEqual(later(1_000));
  expect(latestLimits(null, later(0))).toEqual(later(0));
  expect(latestLimits(answer, null)).toBe(answer);
});

test('from its reset on, all of a limit is left', () => {
  const limit = { limit: 60, remaining: 0, resetsAt: NOW };
  expect([leftOf(limit, NOW - 1), leftOf(limit, NOW)]).toEqual([0, 60]);
});

test('only what is used up and will be renewed is waited for', () => {
  const limits = limitsOfAnswer({ rate, quota }, NOW, null);
  expect(nextRenewal(limits, NOW)).toBe(NOW + 12_000);
  expect(nextRenewal(limits, NOW + 12_000)).toBeNull();
  expect(nextRenewal(limitsOfAnswer({ rate: { ...rate, limit: 0 } }, NOW, null), NOW)).toBeNull();
  expect(nextRenewal(null, NOW)).toBeNull();
});

test('counts down by whole seconds and is never negative', () => {
  expect([12_000, 11_001, 1, 0, -5_000, 65_000].map((ms) => countdown(NOW + ms, NOW))).toEqual([
    '12 s',
    '12 s',
    '1 s',
    '0 s',
    '0 s',
    '1 min 5 s',
  ]);
});

test('a reset within a day is a time to wait, a later one a date', () => {
  expect(resetWords(NOW + DAY_MS - 1_000, NOW)).toBe('resets in 23 h 59 min');
  expect(resetWords(Date.UTC(2026, 11, 1, 12), NOW)).toBe('resets Dec 1');
});

test('what is read out names no seconds', () => {
  expect(announcement(limitsOfAnswer({ rate, quota }, NOW, null), NOW)).toBe('The rate limit is used up');
  expect(announcement(limitsOfAnswer({ rate, quota }, NOW, null), NOW + 12_000)).toBe('');
  expect(announcement(limitsOfAnswer({ rate, quota: { ...quota, remaining: 0 } }, NOW, null), NOW)).toBe('The quota is used up');
  expect(announcement(null, NOW)).toBe('');
});
