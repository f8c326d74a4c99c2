import { describe, expect, test } from 'vitest';
import type { Subscription } from './queries.ts';
import { answerText, customersOf, daysFinding, formerOf, nowOf, secondsOf, standingOf } from './sandbox-words.ts';

const subscription = (fields: Partial<Subscription>): Subscription => ({
  id: 'sub_1',
  customerId: 'cus_1',
  consumerId: 'consumer_1',
  entitlementId: null,
  status: 'active',
  access: 'active',
  plan: 'pro',
  priceId: null,
  graceUntil: null,
  currentPeriodEnd: null,
  cancelAt: null,
  endedAt: null,
  backedBy: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  syncedAt: '2026-01-01T00:00:00.000Z',
  ...fields,
});

test.each(['', 0, -1, 1.5, 401, 'x'])('a clock is not moved by %j days', (days) => {
  expect(daysFinding(days)).not.toBeNull();
});

test.each([1, '7', 400])('a clock can be moved by %j days', (days) => {
  expect(daysFinding(days)).toBeNull();
});

test('a day has 86,400 seconds', () => {
  expect(secondsOf(32)).toBe(2_764_800);
});

test('a customer with two subscriptions is offered once', () => {
  expect(customersOf([])).toEqual([]);
  expect(
    customersOf([subscription({}), subscription({ id: 'sub_2' }), subscription({ id: 'sub_3', customerId: 'cus_2', consumerId: null })]),
  ).toEqual([
    { id: 'cus_1', consumerId: 'consumer_1' },
    { id: 'cus_2', consumerId: null },
  ]);
});

describe('what a deed changed', () => {
  const before = standingOf([subscription({})]);

  test('is what differs in status or access', () => {
    expect(formerOf(before, subscription({ access: 'grace' }))).toEqual({ status: 'active', access: 'active' });
    expect(formerOf(before, subscription({ status: 'past_due' }))).toEqual({ status: 'active', access: 'active' });
  });

  test('is nothing for what is the same, new, or when nothing was done', () => {
    expect(formerOf(before, subscription({}))).toBeNull();
    expect(formerOf(before, subscription({ id: 'sub_2' }))).toBeNull();
    expect(formerOf(null, subscription({}))).toBeNull();
  });
});

test('an answer of another form is no time and no words', () => {
  expect(nowOf({ now: 0 })).toBe('1970-01-01T00:00:00.000Z');
  expect(nowOf({ now: 'soon' })).toBeNull();
  expect(nowOf(null)).toBeNull();
  expect(answerText('fail-payments', { times: 1 })).toBe('');
  expect(answerText('pay-open-invoices', { paid: [] })).toBe('no invoice was open');
  expect(answerText('pay-open-invoices', { paid: ['in_1', 'in_2'] })).toBe('2 paid');
  expect(answerText('open-dispute', { id: 'dp_1' })).toBe('dp_1');
  expect(answerText('cancel', { status: 'canceled' })).toBe('now canceled');
});
