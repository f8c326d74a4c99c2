import { expect, test } from 'vitest';
import { type LimitFacts, presentOwnKey } from './key-limits.ts';

const NOW = new Date('2026-01-15T12:00:30Z');
const LIVE = { quotaRemaining: 40, rateRemaining: 4, rateResetSeconds: 9 };
const facts = ({ row = {}, ...rest }: Partial<Omit<LimitFacts, 'row'>> & { row?: Partial<LimitFacts['row']> } = {}): LimitFacts => ({
  row: {
    id: 'key_1',
    name: 'mine',
    hash: '',
    mode: 'live',
    operatorStatus: 'enabled',
    expiresAt: null,
    entitlementId: 'entitlement_1',
    anchor: new Date('2026-01-01T00:00:00Z'),
    planId: 'pro',
    quotaLimit: 100,
    quotaPeriod: 'day',
    rateLimit: 10,
    rateWindowSeconds: 60,
    billingMode: null,
    access: null,
    currentPeriodEnd: null,
    cancelAt: null,
    graceUntil: null,
    ...row,
  },
  quota: null,
  live: null,
  portalUrl: null,
  now: NOW,
  ...rest,
});

test('used and remaining add up to the limit, whether from the gateway or the database', () => {
  const quota = { startsAt: NOW, endsAt: NOW, settled: 30 };
  for (const state of [facts(), facts({ quota }), facts({ live: LIVE }), facts({ quota, live: LIVE })]) {
    const { used, limit, remaining } = presentOwnKey(state).usage;
    expect(used + (remaining ?? 0)).toBe(limit);
  }
});

test('a limit lowered below the usage leaves 0 remaining, not less', () => {
  const quota = { startsAt: NOW, endsAt: NOW, settled: 30 };
  expect(presentOwnKey(facts({ quota, row: { quotaLimit: 20 } })).usage).toMatchObject({ used: 30, limit: 20, remaining: 0 });
  expect(presentOwnKey(facts({ quota, live: LIVE, row: { quotaLimit: 20, rateLimit: 2 } }))).toMatchObject({
    usage: { used: 30, limit: 20, remaining: 0 },
    rate: { limit: 2, remaining: 2 },
  });
  const unlimited = { ...LIVE, quotaRemaining: Number.POSITIVE_INFINITY };
  expect(presentOwnKey(facts({ quota, live: unlimited })).usage).toMatchObject({ used: 30, limit: 100, remaining: 70 });
});

test('a quota of zero has nothing used and nothing remaining', () => {
  expect(presentOwnKey(facts({ row: { quotaLimit: 0 } })).usage).toMatchObject({ used: 0, limit: 0, remaining: 0 });
});

test('a key without calls has its full rate window, which ends at a multiple of its length', () => {
  expect(presentOwnKey(facts()).rate).toEqual({ limit: 10, remaining: 10, resetSeconds: 30 });
  const edge = new Date('2026-01-15T12:00:00Z');
  expect(presentOwnKey(facts({ now: edge })).rate.resetSeconds).toBe(60);
  expect(presentOwnKey(facts({ now: new Date(edge.getTime() - 1) })).rate.resetSeconds).toBe(1);
});

test('the period is that of the quota row, else the plan’s current period', () => {
  expect(presentOwnKey(facts()).usage).toMatchObject({ periodStart: '2026-01-15T00:00:00.000Z', periodEnd: '2026-01-16T00:00:00.000Z' });
  const quota = { startsAt: new Date('2026-01-02T00:00:00Z'), endsAt: new Date('2026-02-02T00:00:00Z'), settled: 0 };
  expect(presentOwnKey(facts({ quota })).usage.periodEnd).toBe('2026-02-02T00:00:00.000Z');
});
