import { expect, test } from 'vitest';
import { priceText } from './price-text.ts';

test.each([
  ['usd', 'USD 4,900.00/month'],
  ['jpy', 'JPY 490,000/month'],
  ['kwd', 'KWD 490.000/month'],
  // Intl may differ: it has 0 digits for isk, Stripe 2.
  ['isk', 'ISK 4,900.00/month'],
  ['mga', 'MGA 490,000/month'],
])('an amount in %s has the decimal digits that Stripe uses', (currency, text) => {
  expect(priceText({ amountCents: 490_000, currency, interval: 'month' })).toBe(text);
});
