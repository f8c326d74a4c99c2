import { describe, expect, test } from 'vitest';
import { bodyOf, EMPTY, fieldOf, formErrors, nameChanges, type PlanValues, valuesOf } from './plan-form.ts';
import { planChanges } from './plan-text.ts';
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
const valid: PlanValues = { ...EMPTY, id: 'pro', name: 'Pro', amount: 49 };

describe('the plan form', () => {
  test.each<[string, Plan]>([
    ['everything limited', PRO],
    ['everything unlimited', { ...PRO, quota: { limit: null, period: 'day' }, rate: { limit: null, windowSeconds: 1 }, price: null }],
    ['a currency without decimals', { ...PRO, price: { amountCents: 4_900, currency: 'jpy', interval: 'year' } }],
    ['a currency with three decimals', { ...PRO, price: { amountCents: 4_905, currency: 'kwd', interval: 'year' } }],
    [
      'no units, no calls, no price, no API',
      {
        ...PRO,
        quota: { limit: 0, period: 'day' },
        rate: { limit: 0, windowSeconds: 60 },
        price: { amountCents: 0, currency: 'usd', interval: 'month' },
        apis: [],
      },
    ],
    ['the most units', { ...PRO, quota: { limit: 9_000_000_000_000_000, period: 'day' } }],
  ])('round-trips a plan: %s', (_name, plan) => {
    const { version: _version, entitlements: _entitlements, moving: _moving, createdAt: _createdAt, ...body } = plan;
    expect(formErrors(valuesOf(plan))).toEqual({});
    expect(bodyOf(valuesOf(plan))).toEqual(body);
    expect(planChanges(plan, bodyOf(valuesOf(plan)))).toEqual([]);
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
  ])('rejects what the API would reject: %s %j', (field, values) => {
    expect(Object.keys(formErrors({ ...valid, ...values }))).toEqual([field]);
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
  ])('accepts values at the limit: %j', (values) => {
    expect(formErrors({ ...valid, ...values })).toEqual({});
  });

  test('ignores the fields of a section that is turned off', () => {
    expect(
      formErrors({ ...valid, quotaUnlimited: true, quotaLimit: '', rateUnlimited: true, rateLimit: '', forSale: false, amount: '' }),
    ).toEqual({});
  });

  test('rounds an inexact floating-point amount to whole cents', () => {
    expect(bodyOf({ ...valid, amount: 1.15 }).price?.amountCents).toBe(115);
  });
});

test('an API error is shown at its field', () => {
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

test('an edited id does not change with the name', () => {
  expect(nameChanges({ ...EMPTY, name: 'Team', id: 'crew' }, 'Team EU')).toEqual({ name: 'Team EU' });
});
