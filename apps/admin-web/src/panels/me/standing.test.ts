import { describe, expect, it } from 'vitest';
import type { OwnKey } from './queries.ts';
import { standingOf } from './standing.ts';

const READ_AT = Date.parse('2026-11-25T12:00:00.000Z');
const usage = { used: 10, limit: 20, remaining: 10, periodStart: '2026-11-25T00:00:00.000Z', periodEnd: '2026-11-26T00:00:00.000Z' };
const rate = { limit: 60, remaining: 60, resetSeconds: 30 };
const own: OwnKey = { id: 'key_1', name: 'Ada', status: 'enabled', plan: 'team', usage, rate, billing: null };
const billing = { plan: 'team', currentPeriodEnd: null, cancelAt: null, graceUntil: null, portalUrl: 'http://127.0.0.1/checkout/manage' };

describe('what the next call with a key is answered with', () => {
  it('is what it asks for while there is quota and rate, to the last unit and call', () => {
    const last = { ...own, usage: { ...usage, used: 19, remaining: 1 }, rate: { ...rate, remaining: 1 } };
    expect(standingOf(last, READ_AT).refused).toBeNull();
  });

  it('is what it asks for on a plan without limits', () => {
    const unlimited = {
      ...own,
      usage: { ...usage, limit: null, remaining: null },
      rate: { limit: null, remaining: null, resetSeconds: null },
    };
    expect(standingOf(unlimited, READ_AT).refused).toBeNull();
  });

  it('is 429 QUOTA_EXCEEDED until the period ends when no unit is left', () => {
    const { refused, until } = standingOf({ ...own, usage: { ...usage, used: 20, remaining: 0 } }, READ_AT);
    expect(refused).toEqual({ status: 429, code: 'QUOTA_EXCEEDED' });
    expect(until).toBe(Date.parse(usage.periodEnd));
  });

  it('is 429 RATE_LIMITED until the window ends when no call is left, also when the quota is used up too', () => {
    const spent = { ...own, usage: { ...usage, used: 20, remaining: 0 }, rate: { ...rate, remaining: 0 } };
    const { refused, until } = standingOf(spent, READ_AT);
    expect(refused).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(until).toBe(READ_AT + 30_000);
  });

  it('is 403 KEY_SUSPENDED before anything else, and says who can change that', () => {
    const byOperator = standingOf({ ...own, status: 'suspended', usage: { ...usage, remaining: 0 } }, READ_AT);
    expect(byOperator).toMatchObject({ refused: { status: 403, code: 'KEY_SUSPENDED' }, until: null, portalUrl: null });
    const byBilling = standingOf({ ...own, status: 'suspended', billing: { ...billing, status: 'suspended' } }, READ_AT);
    expect(byBilling.portalUrl).toBe(billing.portalUrl);
    expect(byBilling.text).toMatch('payment');
  });

  it('names no payment when the operator suspended a key that is paid for', () => {
    const { text, portalUrl } = standingOf({ ...own, status: 'suspended', billing: { ...billing, status: 'active' } }, READ_AT);
    expect(text).toMatch('The operator suspended it');
    expect(portalUrl).toBeNull();
  });

  it('is what it asks for in grace, with where to pay', () => {
    const { refused, portalUrl } = standingOf({ ...own, billing: { ...billing, status: 'grace' } }, READ_AT);
    expect(refused).toBeNull();
    expect(portalUrl).toBe(billing.portalUrl);
  });
});
