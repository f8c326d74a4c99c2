import { describe, expect, test } from 'vitest';
import { admit } from './admit.ts';
import { emptyQuotaCell, emptyRateCell, type GuardKey, type GuardPlan } from './model.ts';

const aPlan = (parts: Partial<GuardPlan> = {}): GuardPlan => ({
  id: 'starter',
  version: 1,
  rateLimit: 2,
  rateWindowMs: 60_000,
  quotaLimit: 100,
  apis: null,
  ...parts,
});
const aKey = (parts: Partial<GuardKey> = {}, plan: Partial<GuardPlan> = {}): GuardKey => ({
  id: 'key_1',
  hash: 'ab'.repeat(32),
  status: 'enabled',
  expiresAt: Number.POSITIVE_INFINITY,
  entitlement: { id: 'ent_1', consumerId: null, plan: aPlan(plan), rate: emptyRateCell(), quota: emptyQuotaCell() },
  ...parts,
});

describe('admit', () => {
  test('admits up to the rate limit and refuses the call after it', () => {
    const key = aKey();
    expect([admit(key, 'actions', 1), admit(key, 'actions', 1), admit(key, 'actions', 1)]).toEqual(['ALLOW', 'ALLOW', 'RATE_LIMITED']);
  });

  test('counts the calls of all keys of an entitlement together', () => {
    const first = aKey();
    const second = aKey({ id: 'key_2', entitlement: first.entitlement });
    expect([admit(first, 'actions', 1), admit(second, 'actions', 1), admit(first, 'actions', 1)]).toEqual([
      'ALLOW',
      'ALLOW',
      'RATE_LIMITED',
    ]);
  });

  test('does not charge the quota', () => {
    const key = aKey();
    admit(key, 'actions', 1);
    expect(key.entitlement.quota).toEqual(emptyQuotaCell());
  });

  test('admits calls with an unlimited rate without counting them', () => {
    const key = aKey({}, { rateLimit: null });
    for (let i = 0; i < 100; i++) expect(admit(key, 'actions', 1)).toBe('ALLOW');
    expect(key.entitlement.rate).toEqual(emptyRateCell());
  });

  test('refuses every call with a rate limit of zero', () => {
    expect(admit(aKey({}, { rateLimit: 0 }), 'actions', 1)).toBe('RATE_LIMITED');
  });

  test('admits a key one millisecond before it expires and refuses it at that time', () => {
    expect(admit(aKey({ expiresAt: 1_000 }), 'actions', 999)).toBe('ALLOW');
    expect(admit(aKey({ expiresAt: 1_000 }), 'actions', 1_000)).toBe('KEY_EXPIRED');
  });

  test('admits only the APIs that the plan lists', () => {
    const apis = new Set(['actions']);
    expect(admit(aKey({}, { apis }), 'actions', 1)).toBe('ALLOW');
    expect(admit(aKey({}, { apis }), 'weather', 1)).toBe('PLAN_REQUIRED');
    expect(admit(aKey({}, { apis: new Set() }), 'actions', 1)).toBe('PLAN_REQUIRED');
  });

  test('returns the first reason that applies: revoked, expired, suspended, plan, rate', () => {
    const wrong = { expiresAt: 1 };
    const plan = { apis: new Set<string>(), rateLimit: 0 };
    expect(admit(aKey({ ...wrong, status: 'revoked' }, plan), 'actions', 5)).toBe('INVALID_KEY');
    expect(admit(aKey({ ...wrong, status: 'suspended' }, plan), 'actions', 5)).toBe('KEY_EXPIRED');
    expect(admit(aKey({ status: 'suspended' }, plan), 'actions', 5)).toBe('KEY_SUSPENDED');
    expect(admit(aKey({}, plan), 'actions', 5)).toBe('PLAN_REQUIRED');
    expect(admit(aKey({}, { rateLimit: 0 }), 'actions', 5)).toBe('RATE_LIMITED');
  });

  test.each([
    ['revoked', { status: 'revoked' }, {}],
    ['expired', { expiresAt: 1 }, {}],
    ['suspended', { status: 'suspended' }, {}],
    ['not in the plan', {}, { apis: new Set(['weather']) }],
  ] as const)('does not count a call that is refused because the key is %s', (_, parts, plan) => {
    const key = aKey(parts, plan);
    expect(admit(key, 'actions', 5)).not.toBe('ALLOW');
    expect(key.entitlement.rate).toEqual(emptyRateCell());
  });
});
