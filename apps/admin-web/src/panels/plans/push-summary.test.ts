import { expect, test } from 'vitest';
import { summaryOf } from './push-summary.ts';
import type { PushResult } from './queries.ts';

const result = (action: PushResult['action']): PushResult => ({ plan: 'pro', action, priceId: null, productId: null, detail: '' });

test('a preview counts only what would change', () => {
  expect(summaryOf([], false)).toEqual({ changes: 0, text: 'There is no plan to push. Create one first.' });
  expect(summaryOf([result('unchanged'), result('skipped')], false).changes).toBe(0);
  expect(summaryOf([result('created'), result('unchanged'), result('archived'), result('repriced'), result('updated')], false)).toEqual({
    changes: 4,
    text: '4 of 5 plans will change at Stripe. Nothing is written yet.',
  });
});

test('a push says what it did, in the past', () => {
  expect(summaryOf([result('created')], true).text).toBe('1 of 1 plan changed at Stripe.');
  expect(summaryOf([result('unchanged')], true).text).toBe('Nothing had to change at Stripe.');
});
