import { expect, test } from 'vitest';
import { previewWord, summaryOf } from './push-summary.ts';
import type { PushResult } from './queries.ts';
import { sellingWords } from './selling-words.ts';

const result = (action: PushResult['action']): PushResult => ({ plan: 'pro', action, priceId: null, productId: null, detail: '' });
const preview = { done: false, words: sellingWords('live') };
const pushed = { done: true, words: sellingWords('live') };
const sandbox = sellingWords('sandbox');

test('a preview counts only what would change', () => {
  expect(summaryOf([], preview)).toEqual({ changes: 0, text: 'There is no plan to push. Create one first.' });
  expect(summaryOf([result('unchanged'), result('skipped')], preview).changes).toBe(0);
  expect(summaryOf([result('created'), result('unchanged'), result('archived'), result('repriced'), result('updated')], preview)).toEqual({
    changes: 4,
    text: '4 of 5 plans will change at Stripe. Nothing is written yet.',
  });
});

test('a push says what it did, in the past', () => {
  expect(summaryOf([result('created')], pushed).text).toBe('1 of 1 plan changed at Stripe.');
  expect(summaryOf([result('unchanged')], pushed).text).toBe('Nothing had to change at Stripe.');
});

test('in sandbox mode nothing is said of Stripe', () => {
  expect(summaryOf([result('created')], { done: true, words: sandbox }).text).toBe('1 of 1 plan changed in the sandbox.');
  expect(summaryOf([result('unchanged')], { done: false, words: sandbox }).text).toBe(
    'The sandbox says the same as your plans: there is nothing to push.',
  );
});

test('a preview speaks of what would be done', () => {
  expect((['created', 'archived', 'unchanged', 'skipped'] as const).map(previewWord)).toEqual([
    'will be created',
    'will be archived',
    'stays as it is',
    'will be skipped',
  ]);
});
