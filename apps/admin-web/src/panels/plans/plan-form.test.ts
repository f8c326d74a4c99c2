import { describe, expect, test } from 'vitest';
import { changesOf } from './plan-changes.ts';
import { bodyOf, EMPTY, fieldOf, findingsOf, nameChanges, type PlanValues, valuesOf } from './plan-form.ts';
import type { Plan } from './queries.ts';

const PRO: Plan = {
  id: 'pro',
  version: 3,
  name: 'Pro',
  quota: { limit: 10_000, period: 'month' },
  rate: { limit: 600, windowSeconds: 60 },
  price: { amountCents: 4_900, currency: 'usd', interval: 'month' },
  apis: null,
  entitlements: 2,
  moving: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const good: PlanValues = { ...EMPTY, id: 'pro', name: 'Pro', amount: 49 };

describe('a plan’s form', () => {
  test.each<[string, Plan]>([
    ['everything limited', PRO],
    ['everything unlimited', { ...PRO, quota: { limit: null, period: 'day' }, rate: { limit: null, windowSeconds: 1 }, price: null }],
    ['a currency without digits', { ...PRO, price: { amountCents: 4_900, currency: 'jpy', interval: 'year' } }],
    ['a currency with three digits', { ...PRO, price: { amountCents: 4_905, currency: 'kwd', interval: 'year' } }],
    [
      'no units, no calls, no money, no api',
      {
        ...PRO,
        quota: { limit: 0, period: 'day' },
        rate: { limit: 0, windowSeconds: 60 },
        price: { amountCents: 0, currency: 'usd', interval: 'month' },
        apis: [],
      },
    ],
    ['most units', { ...PRO, quota: { limit: 9_000_000_000_000_000, period: 'day' } }],
  ])('says the same as the plan that it shows: %s', (_name, plan) => {
    const { version: _version, entitlements: _entitlements, moving: _moving, createdAt: _createdAt, ...terms } = plan;
    expect(findingsOf(valuesOf(plan))).toEqual({});
    expect(bodyOf(valuesOf(plan))).toEqual(terms);
    expect(changesOf(plan, bodyOf(valuesOf(plan)))).toEqual([]);
  });

  test.each<[keyof PlanValues, Partial<PlanValues>]>([
    ['id', { id: '' }],
    ['id', { id: 'Pro' }],
    ['id', { id: 'p'.repeat(64) }],
    ['name', { name: '  ' }],
    ['name', { name: 'n'.repeat(201) }],
    ['quotaLimit', { quotaLimit: '' }],
    ['quotaLimit', { quotaLimit: 1.5 }],
    ['quotaLimit', { quotaLimit: -1 }],
    ['quotaLimit', { quotaLimit: '-' }],
    ['quotaLimit', { quotaLimit: '10.000' }],
    ['rateLimit', { rateLimit: 0.5 }],
    ['rateLimit', { rateLimit: -1 }],
    ['rateWindow', { rateWindow: 1.5 }],
    ['rateWindow', { rateWindow: -60 }],
    ['quotaLimit', { quotaLimit: '9000000000000001' }],
    ['rateLimit', { rateLimit: 1_000_001 }],
    ['rateWindow', { rateWindow: 0 }],
    ['rateWindow', { rateWindow: 86_401 }],
    ['amount', { amount: '' }],
    ['amount', { amount: -1 }],
    ['amount', { amount: 49.999 }],
    ['amount', { amount: '1.000' }],
    ['amount', { amount: 49.0001, currency: 'kwd' }],
    ['amount', { amount: 49.5, currency: 'jpy' }],
    ['apis', { everyApi: false, apis: ['Hello'] }],
  ])('finds what the API would refuse: %s %j', (field, values) => {
    expect(Object.keys(findingsOf({ ...good, ...values }))).toEqual([field]);
  });

  test.each<Partial<PlanValues>>([
    { id: 'p'.repeat(63) },
    { name: 'n'.repeat(200) },
    { quotaLimit: '0' },
    { rateLimit: 1_000_000 },
    { rateWindow: 86_400 },
    { amount: 0.29 },
    { amount: '49.50' },
    { amount: '1.000', currency: 'kwd' },
  ])('takes what is just allowed: %j', (values) => {
    expect(findingsOf({ ...good, ...values })).toEqual({});
  });

  test('ignores the fields of what is switched off', () => {
    expect(
      findingsOf({ ...good, quotaUnlimited: true, quotaLimit: '', rateUnlimited: true, rateLimit: '', forSale: false, amount: '' }),
    ).toEqual({});
  });

  test('an amount with binary dust becomes whole cents', () => {
    expect(bodyOf({ ...good, amount: 1.15 }).price?.amountCents).toBe(115);
  });
});

test('a finding of the API lands at its field', () => {
  expect(fieldOf('#/price/currency')).toBe('currency');
  expect(fieldOf('#/price/amountCents')).toBe('amount');
  expect(fieldOf('#/rate/windowSeconds')).toBe('rateWindow');
  expect(fieldOf('#/elsewhere')).toBeNull();
});

test.each([
  ['Team, EU', 'team-eu'],
  ['Café 2', 'cafe-2'],
  [' - ', ''],
  ['x'.repeat(70), 'x'.repeat(63)],
])('the id of a new plan follows its name: %j', (name, id) => {
  expect(nameChanges(EMPTY, name)).toEqual({ name, id });
});

test('an id that somebody wrote stays', () => {
  expect(nameChanges({ ...EMPTY, name: 'Team', id: 'crew' }, 'Team EU')).toEqual({ name: 'Team EU' });
});
