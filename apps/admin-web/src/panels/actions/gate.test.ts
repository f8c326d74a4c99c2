import { describe, expect, test } from 'vitest';
import { type GateFacts, whyOff } from './gate.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const DEC_1 = Date.UTC(2026, 11, 1, 12);
const open: GateFacts = { held: true, fault: null, own: { status: 'enabled', billing: null }, refusal: null, limits: null, cost: 5 };
const withLimits = (rate: number | null, quota: number | null) => ({
  ...open,
  limits: {
    rate: rate === null ? null : { limit: 60, remaining: rate, resetsAt: NOW + 12_000 },
    quota: quota === null ? null : { limit: 1_000, remaining: quota, resetsAt: DEC_1 },
    at: NOW,
  },
});
const billing = { status: 'suspended' as const, plan: 'pro', currentPeriodEnd: null, cancelAt: null, graceUntil: null };

describe('whyOff', () => {
  test.each<[string | null, GateFacts]>([
    [null, open],
    [null, withLimits(1, 5)],
    ['Paste or create a key first', { ...open, held: false }],
    ['This key is revoked or not valid: use another one', { ...open, refusal: 'INVALID_KEY' }],
    ['This key has expired: use another one', { ...open, refusal: 'KEY_EXPIRED' }],
    ['This key is suspended: resume it on its page', { ...open, own: { status: 'suspended', billing: null } }],
    ['This key is suspended: settle its open payment or dispute', { ...open, own: { status: 'suspended', billing } }],
    ['Out of quota, resets Dec 1', withLimits(1, 0)],
    ['The action costs 5 units and 4 are left, resets Dec 1', withLimits(1, 4)],
    ['Rate limit: 12 s', withLimits(0, 5)],
    [
      'The JSON is not valid: A colon is missing here (line 1, column 2)',
      { ...open, fault: { message: 'A colon is missing here', line: 1, column: 2 } },
    ],
  ])('%s', (reason, facts) => {
    expect(whyOff(facts, NOW)).toBe(reason);
  });

  test('it ends by itself at the reset, not before', () => {
    expect(whyOff(withLimits(0, 5), NOW + 11_999)).toBe('Rate limit: 1 s');
    expect(whyOff(withLimits(0, 5), NOW + 12_000)).toBeNull();
    expect(whyOff(withLimits(1, 0), DEC_1)).toBeNull();
  });

  test('an action that costs nothing passes without units', () => {
    expect(whyOff({ ...withLimits(1, 0), cost: 0 }, NOW)).toBeNull();
  });

  test('what no reset will mend says so', () => {
    const quota = { limit: 3, remaining: 3, resetsAt: DEC_1 };
    expect(whyOff({ ...open, limits: { rate: null, quota, at: NOW } }, NOW)).toBe(
      'The action costs 5 units and 3 are left, take a larger plan',
    );
    const rate = { limit: 0, remaining: 0, resetsAt: NOW + 1_000 };
    expect(whyOff({ ...open, limits: { rate, quota: null, at: NOW } }, NOW)).toBe('Rate limit: the plan allows no calls');
  });
});
