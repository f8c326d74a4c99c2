import { describe, expect, test } from 'vitest';
import { bodyOf, valuesOf } from './plan-form.ts';
import { effectText, isEdited, movedText, planChanges } from './plan-text.ts';
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

describe('the review of an edit', () => {
  test('lists each change once, with the old and new value', () => {
    const edit = bodyOf({ ...valuesOf(PRO), quotaUnlimited: true, amount: 59 });
    expect(planChanges(PRO, edit)).toEqual([
      { field: 'Price', from: '$49.00 per month', to: '$59.00 per month' },
      { field: 'Quota', from: '10,000 units per month', to: 'unlimited' },
    ]);
  });

  test('lists a changed period of an unlimited quota, which creates a version too', () => {
    const plan: Plan = { ...PRO, quota: { limit: null, period: 'month' } };
    expect(planChanges(plan, { ...bodyOf(valuesOf(plan)), quota: { limit: null, period: 'day' } })).toEqual([
      { field: 'Quota period', from: 'month', to: 'day' },
    ]);
  });

  test('says how many entitlements move', () => {
    expect(effectText(PRO, { changes: 1, existing: 'now' })).toContain('2 entitlements move');
    expect(effectText({ ...PRO, entitlements: 1 }, { changes: 1, existing: 'now' })).toContain('1 entitlement moves');
    expect(effectText({ ...PRO, entitlements: 0 }, { changes: 1, existing: 'now' })).toContain('No entitlement');
    expect(effectText(PRO, { changes: 1, existing: 'keep' })).toContain('2 entitlements stay');
    expect(effectText(PRO, { changes: 0, existing: 'now' })).toContain('version 3');
    expect(effectText(PRO, { changes: 0, existing: 'keep' })).toContain('no version is created');
  });
});

test('the toast of a saved edit says how many entitlements moved and how many follow', () => {
  expect(movedText({ moved: 0, moving: 0 })).toBeNull();
  expect(movedText({ moved: 1, moving: 0 })).toBe('1 entitlement moved to it.');
  expect(movedText({ moved: 500, moving: 99_500 })).toBe('500 entitlements moved to it; 99,500 more follow in the background.');
});

describe('leaving the form', () => {
  const shown = valuesOf(PRO);

  test('loses nothing while the form matches the plan', () => {
    expect(isEdited(PRO, shown)).toBe(false);
    expect(isEdited(PRO, { ...shown, quotaLimit: '10000' })).toBe(false);
  });

  test('loses changes, including those that can’t be saved yet', () => {
    expect(isEdited(PRO, { ...shown, name: 'Pro 2' })).toBe(true);
    expect(isEdited(PRO, { ...shown, name: '' })).toBe(true);
    expect(isEdited(PRO, { ...shown, quotaLimit: -1 })).toBe(true);
  });

  test('loses nothing when the form would reject the unedited plan', () => {
    const overLimit: Plan = { ...PRO, rate: { limit: 5_000_000, windowSeconds: 60 } };
    expect(isEdited(overLimit, valuesOf(overLimit))).toBe(false);
  });
});
