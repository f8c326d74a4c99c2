import { describe, expect, test } from 'vitest';
import type { Subscription } from './queries.ts';
import { clockOf, customersOf, daysError, previousState, resultText, secondsOf, statesOf } from './sandbox.ts';

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

test.each(['', 0, -1, 1.5, 401, 'x'])('the clock can’t be advanced by %j days', (days) => {
  expect(daysError(days)).not.toBeNull();
});

test.each([1, '7', 400])('the clock can be advanced by %j days', (days) => {
  expect(daysError(days)).toBeNull();
});

test('a day has 86,400 seconds', () => {
  expect(secondsOf(32)).toBe(2_764_800);
});

test('a customer with two subscriptions is listed once', () => {
  expect(customersOf([])).toEqual([]);
  expect(
    customersOf([subscription({}), subscription({ id: 'sub_2' }), subscription({ id: 'sub_3', customerId: 'cus_2', consumerId: null })]),
  ).toEqual([
    { id: 'cus_1', consumerId: 'consumer_1' },
    { id: 'cus_2', consumerId: null },
  ]);
});

describe('the previous state of a subscription', () => {
  const before = statesOf([subscription({})]);

  test('is its earlier status and access when either changed', () => {
    expect(previousState(before, subscription({ access: 'grace' }))).toEqual({ status: 'active', access: 'active' });
    expect(previousState(before, subscription({ status: 'past_due' }))).toEqual({ status: 'active', access: 'active' });
  });

  test('is null when nothing changed, the subscription is new, or no command was run', () => {
    expect(previousState(before, subscription({}))).toBeNull();
    expect(previousState(before, subscription({ id: 'sub_2' }))).toBeNull();
    expect(previousState(null, subscription({}))).toBeNull();
  });
});

test('the time and the result of a command are read from the sandbox’s answer, if present', () => {
  expect(clockOf({ now: 0 })).toBe('1970-01-01T00:00:00.000Z');
  expect(clockOf({ now: 'soon' })).toBeNull();
  expect(clockOf(null)).toBeNull();
  expect(resultText('fail-payments', { times: 1 })).toBe('');
  expect(resultText('pay-open-invoices', { paid: [] })).toBe('no open invoices');
  expect(resultText('pay-open-invoices', { paid: ['in_1', 'in_2'] })).toBe('2 paid');
  expect(resultText('open-dispute', { id: 'dp_1' })).toBe('dp_1');
  expect(resultText('cancel', { status: 'canceled' })).toBe('now canceled');
});
