import { expect, test } from 'vitest';
import * as format from './format.ts';

test.each([
  [null, '–'],
  [Number.NaN, '–'],
  [0, '0 %'],
  [0.001, '0.1 %'],
  [0.0999, '10.0 %'],
  [0.5, '50 %'],
  [1, '100 %'],
  [1.2, '120 %'],
])('the share %s is shown as %s', (share, text) => {
  expect(format.formatShare(share)).toBe(text);
});

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3_661, '1 h 1 min'],
  [86_400, '1 d'],
  [93_784, '1 d 2 h'],
])('%i seconds are shown as %s', (seconds, text) => {
  expect(format.formatDuration(seconds)).toBe(text);
});

test.each([
  [1_900, 'usd', '$19.00'],
  [500, 'jpy', '¥500'],
  [0, 'eur', '€0.00'],
])('%i of the smallest unit of %s is %s', (amount, currency, text) => {
  expect(format.formatMoney(amount, currency)).toBe(text);
});

test('a time says how far it is from now, in its largest unit', () => {
  const now = new Date('2026-01-10T12:00:00Z');
  const shown = (at: string) => format.formatRelative(new Date(at), now);
  expect(shown('2026-01-10T12:00:00Z')).toBe('now');
  expect(shown('2026-01-10T11:59:01Z')).toBe('59 sec. ago');
  expect(shown('2026-01-10T11:00:00Z')).toBe('1 hr. ago');
  expect(shown('2026-01-12T12:00:00Z')).toBe('in 2 days');
});

test('UTC is written out', () => {
  expect(format.formatUtc(new Date('2026-12-01T00:00:00.900Z'))).toBe('2026-12-01 00:00:00 UTC');
});

test.each([
  [9.94, '9.9 ms'],
  [10, '10 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
])('%d ms are shown as %s', (ms, text) => {
  expect(format.formatMs(ms)).toBe(text);
});
