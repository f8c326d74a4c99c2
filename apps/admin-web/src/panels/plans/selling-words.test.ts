import { expect, test } from 'vitest';
import { sellingWords } from './selling-words.ts';

test('a push goes to the sandbox in sandbox mode only', () => {
  expect(sellingWords('sandbox')).toEqual({ place: 'the sandbox', within: 'in the sandbox', push: 'Push to the sandbox', off: null });
  for (const mode of ['test', 'live', undefined] as const) expect(sellingWords(mode)).toMatchObject({ push: 'Push to Stripe', off: null });
});

test('with billing off nothing can be pushed, and it says why', () => {
  expect(sellingWords('off').off).toBe('Billing is off: set BILLING to sell plans');
});
