import { expect, test } from 'vitest';
import type { PushResult } from './queries.ts';
import { previewText, pushSummary, sellingTerms } from './selling.ts';

test('plans are pushed to the sandbox in sandbox mode only', () => {
  expect(sellingTerms('sandbox')).toEqual({
    target: 'the sandbox',
    location: 'in the sandbox',
    push: 'Push to sandbox',
    disabledReason: null,
  });
  for (const mode of ['test', 'live', undefined] as const)
    expect(sellingTerms(mode)).toMatchObject({ push: 'Push to Stripe', disabledReason: null });
});

test('with billing off, plans can’t be pushed, and the button says why', () => {
  expect(sellingTerms('off').disabledReason).toBe('Billing is off. Set BILLING to sell plans.');
});

const result = (action: PushResult['action']): PushResult => ({ plan: 'pro', action, priceId: null, productId: null, detail: '' });
const preview = { done: false, terms: sellingTerms('live') };
const pushed = { done: true, terms: sellingTerms('live') };
const sandbox = sellingTerms('sandbox');

test('a preview counts only the plans that would change', () => {
  expect(pushSummary([], preview)).toEqual({ changes: 0, text: 'No plans to push. Create one first.' });
  expect(pushSummary([result('unchanged'), result('skipped')], preview).changes).toBe(0);
  expect(pushSummary([result('created'), result('unchanged'), result('archived'), result('repriced'), result('updated')], preview)).toEqual(
    {
      changes: 4,
      text: '4 of 5 plans will change in Stripe. No changes have been made yet.',
    },
  );
});

test('a finished push is summarized in the past tense', () => {
  expect(pushSummary([result('created')], pushed).text).toBe('1 of 1 plan changed in Stripe.');
  expect(pushSummary([result('unchanged')], pushed).text).toBe('No changes were needed in Stripe.');
});

test('in sandbox mode the summary names the sandbox instead of Stripe', () => {
  expect(pushSummary([result('created')], { done: true, terms: sandbox }).text).toBe('1 of 1 plan changed in the sandbox.');
  expect(pushSummary([result('unchanged')], { done: false, terms: sandbox }).text).toBe('The sandbox is up to date with your plans.');
});

test('a preview says what will happen to each plan', () => {
  expect((['created', 'archived', 'unchanged', 'skipped'] as const).map(previewText)).toEqual([
    'will be created',
    'will be archived',
    'unchanged',
    'will be skipped',
  ]);
});
