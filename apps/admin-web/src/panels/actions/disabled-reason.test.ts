import { describe, expect, test } from 'vitest';
import { disabledReason, type SendState } from './disabled-reason.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const DEC_1 = Date.UTC(2026, 11, 1, 12);
const ready: SendState = {
  hasKey: true,
  syntaxError: null,
  own: { status: 'enabled', billing: null },
  refusal: null,
  limits: null,
  cost: 5,
};
const withLimits = (rate: number | null, quota: number | null) => ({
  ...ready,
  limits: {
    rate: rate === null ? null : { limit: 60, remaining: rate, resetsAt: NOW + 12_000 },
    quota: quota === null ? null : { limit: 1_000, remaining: quota, resetsAt: DEC_1 },
    at: NOW,
  },
});
const billing = { status: 'suspended' as const, plan: 'pro', currentPeriodEnd: null, cancelAt: null, graceUntil: null };

describe('the reason why Send is disabled', () => {
  test.each<[string | null, SendState]>([
    [null, ready],
    [null, withLimits(1, 5)],
    ['Paste or create a key first', { ...ready, hasKey: false }],
    ['This key is revoked or not valid. Use another key.', { ...ready, refusal: 'INVALID_KEY' }],
    ['This key has expired. Use another key.', { ...ready, refusal: 'KEY_EXPIRED' }],
    ['This key is suspended. Resume it on its page.', { ...ready, own: { status: 'suspended', billing: null } }],
    ['This key is suspended. Settle its open payment or dispute.', { ...ready, own: { status: 'suspended', billing } }],
    ['Out of quota, resets Dec 1', withLimits(1, 0)],
    ['Costs 5 units, only 4 left, resets Dec 1', withLimits(1, 4)],
    ['Rate limit reached, resets in 12 s', withLimits(0, 5)],
    ['Invalid JSON: Expected a colon (line 1, column 2)', { ...ready, syntaxError: { message: 'Expected a colon', line: 1, column: 2 } }],
  ])('is: %s', (reason, state) => {
    expect(disabledReason(state, NOW)).toBe(reason);
  });

  test('is null from the reset on, not before', () => {
    expect(disabledReason(withLimits(0, 5), NOW + 11_999)).toBe('Rate limit reached, resets in 1 s');
    expect(disabledReason(withLimits(0, 5), NOW + 12_000)).toBeNull();
    expect(disabledReason(withLimits(1, 0), DEC_1)).toBeNull();
  });

  test('is null for an action that costs nothing, even when out of quota', () => {
    expect(disabledReason({ ...withLimits(1, 0), cost: 0 }, NOW)).toBeNull();
  });

  test('says when waiting for a reset does not help', () => {
    const quota = { limit: 3, remaining: 3, resetsAt: DEC_1 };
    expect(disabledReason({ ...ready, limits: { rate: null, quota, at: NOW } }, NOW)).toBe(
      'Costs 5 units, only 3 left, needs a larger plan',
    );
    const rate = { limit: 0, remaining: 0, resetsAt: NOW + 1_000 };
    expect(disabledReason({ ...ready, limits: { rate, quota: null, at: NOW } }, NOW)).toBe('The plan’s rate limit allows no calls');
  });
});
