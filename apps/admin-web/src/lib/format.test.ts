import { expect, test } from 'vitest';
import { priceText } from '../../../../packages/core/src/price-text.ts';
import * as format from './format.ts';

test.each([
  [null, '–'],
  [Number.NaN, '–'],
  [0, '0%'],
  [0.001, '0.1%'],
  [0.0999, '10.0%'],
  [0.5, '50%'],
  [1, '100%'],
  [1.2, '120%'],
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
])('an amount of %i in %s is shown as %s', (amount, currency, text) => {
  expect(format.formatMoney(amount, currency)).toBe(text);
});

test('a relative time is given in its largest unit', () => {
  const now = new Date('2026-01-10T12:00:00Z');
  const shown = (at: string) => format.formatRelative(new Date(at), now);
  expect(shown('2026-01-10T12:00:00Z')).toBe('now');
  expect(shown('2026-01-10T11:59:01Z')).toBe('59 sec. ago');
  expect(shown('2026-01-10T11:00:00Z')).toBe('1 hr. ago');
  expect(shown('2026-01-12T12:00:00Z')).toBe('in 2 days');
});

test('a UTC time is truncated to the second', () => {
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

test('every currency has the same number of decimals as in packages/core', () => {
  for (const code of Intl.supportedValuesOf('currency')) {
    const currency = code.toLowerCase();
    const decimals = /\.(\d+)\//.exec(priceText({ amountCents: 0, currency, interval: 'month' }))?.[1] ?? '';
    expect(format.currencyDigits(currency), code).toBe(decimals.length);
  }
});
