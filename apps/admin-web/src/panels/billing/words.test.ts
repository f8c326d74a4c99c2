import { describe, expect, test } from 'vitest';
import { hasEnded, isSweeping, percentOf, sweepText } from './sweep.ts';
import { answerWords, differenceWords, flagWords } from './words.ts';

test.each([
  [200, 'good'],
  [299, 'good'],
  [300, 'bad'],
  [0, 'bad'],
  [400, 'bad'],
  [401, 'bad'],
  [404, 'bad'],
  [500, 'bad'],
] as const)('a test event answered %i is %s news', (status, tone) => {
  expect(answerWords(status).tone).toBe(tone);
});

test('no answer is not taken for a redirect or a success', () => {
  expect(answerWords(0).title).toBe('No answer');
  expect(answerWords(307).title).toBe('Redirected');
});

test('a kind of flag that is not known keeps its name', () => {
  expect(flagWords('refund').title).toBe('Refund');
  expect(flagWords('brand_new').title).toBe('brand new');
});

describe('a difference', () => {
  test('names the field and both values in words', () => {
    expect(differenceWords({ object: 'sub_1', field: 'price_id', stored: null, found: 'price_2' })).toEqual({
      object: 'sub_1',
      what: 'price',
      stored: 'nothing',
      found: 'price_2',
    });
    expect(differenceWords({ object: 'dp_1', field: 'hold', stored: false, found: true })).toMatchObject({ stored: 'no', found: 'yes' });
    expect(differenceWords({ object: 'sub_1', field: 'new_field', stored: 0, found: { a: 1 } })).toEqual({
      object: 'sub_1',
      what: 'new field',
      stored: '0',
      found: '{"a":1}',
    });
  });

  test('of another form is left to the JSON view', () => {
    expect(differenceWords({})).toBeNull();
    expect(differenceWords({ object: 'sub_1' })).toBeNull();
  });
});

describe('a sweep', () => {
  const report = { startedAt: '2026-01-01T00:00:00.000Z', finishedAt: null, events: 0, customers: 0, total: 0, drift: 0, error: null };
  const done = { ...report, finishedAt: '2026-01-01T00:00:02.000Z', customers: 3, total: 3 };

  test('runs until it has an end', () => {
    expect(isSweeping({ reconcile: null })).toBe(false);
    expect(isSweeping({ reconcile: report })).toBe(true);
    expect(isSweeping({ reconcile: done })).toBe(false);
  });

  test('that was asked for is not the one before', () => {
    expect(hasEnded({ reconcile: null }, done.startedAt)).toBe(false);
    expect(hasEnded({ reconcile: report }, report.startedAt)).toBe(false);
    expect(hasEnded({ reconcile: done }, done.startedAt)).toBe(true);
    expect(hasEnded({ reconcile: done }, '2026-01-01T00:00:00.001Z')).toBe(false);
  });

  test('says how far it is, once it knows how much there is', () => {
    expect(percentOf(report)).toBeNull();
    expect(percentOf({ customers: 0, total: 3 })).toBe(0);
    expect(percentOf({ customers: 3, total: 3 })).toBe(100);
    expect(percentOf({ customers: 4, total: 3 })).toBe(100);
  });

  test('says what it found', () => {
    expect(sweepText(done)).toBe('3 customers looked at in 2 s: nothing differed from Stripe.');
    expect(sweepText({ ...done, customers: 1, drift: 1, events: 1 })).toBe(
      '1 customer looked at in 2 s: 1 customer differed from Stripe, and was repaired. 1 event was missing here and is taken in.',
    );
    expect(sweepText({ ...report, total: 3, customers: 1 })).toBe('1 of 3 customers');
  });
});
