import { expect, test } from 'vitest';
import { priceText } from './price-text.ts';

test.each([
  ['usd', 'USD 4,900.00/month'],
  ['jpy', 'JPY 490,000/month'],
  ['kwd', 'KWD 490.000/month'],
  // Intl counts these by no or three digits, Stripe by two or none.
  ['isk', 'ISK 4,900.00/month'],
  ['mga', 'MGA 490,000/month'],
])('an amount in %s is written in the digits that Stripe counts it in', (currency, text) => {
  expect(priceText({ amountCents: 490_000, currency, interval: 'month' })).toBe(text);
});
