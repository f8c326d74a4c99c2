import { describe, expect, it } from 'vitest';
import { predictNextCall } from './next-call.ts';
import type { OwnKey } from './queries.ts';

const READ_AT = Date.parse('2026-11-25T12:00:00.000Z');
const usage = { used: 10, limit: 20, remaining: 10, periodStart: '2026-11-25T00:00:00.000Z', periodEnd: '2026-11-26T00:00:00.000Z' };
const rate = { limit: 60, remaining: 60, resetSeconds: 30 };
const own: OwnKey = { id: 'key_1', name: 'Ada', status: 'enabled', plan: 'team', usage, rate, billing: null };
const billing = { plan: 'team', currentPeriodEnd: null, cancelAt: null, graceUntil: null, portalUrl: 'http://127.0.0.1/checkout/manage' };

describe('the next call with a key', () => {
  it('is admitted while quota and rate limit remain, down to the last unit and call', () => {
    const last = { ...own, usage: { ...usage, used: 19, remaining: 1 }, rate: { ...rate, remaining: 1 } };
    expect(predictNextCall(last, READ_AT).refusal).toBeNull();
  });

  it('is admitted on a plan without limits', () => {
    const unlimited = {
      ...own,
      usage: { ...usage, limit: null, remaining: null },
      rate: { limit: null, remaining: null, resetSeconds: null },
    };
    expect(predictNextCall(unlimited, READ_AT).refusal).toBeNull();
  });

  it('returns 429 QUOTA_EXCEEDED until the period ends when no unit is left', () => {
    const { refusal, admittedAt } = predictNextCall({ ...own, usage: { ...usage, used: 20, remaining: 0 } }, READ_AT);
    expect(refusal).toEqual({ status: 429, code: 'QUOTA_EXCEEDED' });
    expect(admittedAt).toBe(Date.parse(usage.periodEnd));
  });

  it('returns 429 RATE_LIMITED until the window ends when no call is left, even if the quota is used up too', () => {
    const bothUsedUp = { ...own, usage: { ...usage, used: 20, remaining: 0 }, rate: { ...rate, remaining: 0 } };
    const { refusal, admittedAt } = predictNextCall(bothUsedUp, READ_AT);
    expect(refusal).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(admittedAt).toBe(READ_AT + 30_000);
  });

  it('returns 403 KEY_SUSPENDED before any other check, with advice on how to resume the key', () => {
    const byOperator = predictNextCall({ ...own, status: 'suspended', usage: { ...usage, remaining: 0 } }, READ_AT);
    expect(byOperator).toMatchObject({ refusal: { status: 403, code: 'KEY_SUSPENDED' }, admittedAt: null, portalUrl: null });
    const byBilling = predictNextCall({ ...own, status: 'suspended', billing: { ...billing, status: 'suspended' } }, READ_AT);
    expect(byBilling.portalUrl).toBe(billing.portalUrl);
    expect(byBilling.text).toMatch('payment');
  });

  it('has no payment advice when the operator suspended a paid key', () => {
    const { text, portalUrl } = predictNextCall({ ...own, status: 'suspended', billing: { ...billing, status: 'active' } }, READ_AT);
    expect(text).toMatch('An operator suspended it');
    expect(portalUrl).toBeNull();
  });

  it('is admitted in the grace period, with a link to the billing portal', () => {
    const { refusal, portalUrl } = predictNextCall({ ...own, billing: { ...billing, status: 'grace' } }, READ_AT);
    expect(refusal).toBeNull();
    expect(portalUrl).toBe(billing.portalUrl);
  });
});
