import { describe, expect, test } from 'vitest';
import { charge } from './charge.ts';
import { emptyQuotaCell, type QuotaCell } from './model.ts';
import { applyLease, DENIAL_MS, type Lease, planLease, planRenewal, quotaRemaining } from './quota.ts';

const INFINITY = Number.POSITIVE_INFINITY;
const aCell = (parts: Partial<QuotaCell> = {}): QuotaCell => ({
  periodId: 'period_1',
  startsAt: 0,
  endsAt: 10_000,
  available: 10,
  unleased: 0,
  recalled: false,
  deniedUntil: 0,
  ...parts,
});
const aLease = (parts: Partial<Lease> = {}): Lease => ({
  periodId: 'period_1',
  startsAt: 0,
  endsAt: 10_000,
  granted: 5,
  unleased: 20,
  ...parts,
});

describe('planLease', () => {
  test('removes the surrendered units from the cell, so that no call spends them in the meantime', () => {
    const cell = aCell({ available: 7 });
    expect(planLease(cell, 8, 8)).toEqual({ need: 8, want: 8, surrender: 7 });
    expect(cell.available).toBe(0);
    expect(charge(cell, 1, 500)).toBe('LEASE');
  });

  test('near the limit requests no more than the cost of the waiting calls', () => {
    expect(planLease(aCell({ available: 0, unleased: 15 }), 1, 3)).toMatchObject({ need: 1, want: 3 });
    expect(planLease(aCell({ available: 0, unleased: 31 }), 1, 1)).toMatchObject({ need: 1, want: 1 });
  });

  test('far from the limit requests a sixteenth of what is left, at most 1,000', () => {
    expect(planLease(aCell({ unleased: 160 }), 1, 1).want).toBe(10);
    expect(planLease(aCell({ unleased: 16_000 }), 1, 1).want).toBe(1_000);
    expect(planLease(aCell({ unleased: 1_000_000 }), 1, 1).want).toBe(1_000);
  });

  test('requests a need larger than the block in full', () => {
    expect(planLease(aCell({ unleased: 160 }), 40, 40)).toMatchObject({ need: 40, want: 40 });
  });

  test('surrenders nothing of an unlimited cell: its units were never leased', () => {
    const cell = aCell({ available: INFINITY, unleased: INFINITY, recalled: true });
    expect(planLease(cell, 1, 1)).toEqual({ need: 1, want: 1, surrender: 0 });
    expect(cell.available).toBe(0);
  });

  test('makes calls wait for the response to a surrender instead of being refused', () => {
    const cell = aCell({ available: 5, unleased: 0, recalled: true, deniedUntil: 900 });
    planLease(cell, 1, 1);
    expect(charge(cell, 1, 500)).toBe('LEASE');
  });
});

describe('planRenewal', () => {
  test.each([
    [0, 31, null],
    [0, 32, { need: 0, want: 2, surrender: 0 }],
    [49, 1_600, { need: 0, want: 100, surrender: 0 }],
    [50, 1_600, null],
  ])('with %i available and %i unleased units returns %j', (available, unleased, plan) => {
    const cell = aCell({ available, unleased });
    expect(planRenewal(cell)).toEqual(plan);
    expect(cell.available).toBe(available);
  });

  test('renews nothing if the quota is unlimited or nothing is left', () => {
    expect(planRenewal(aCell({ available: INFINITY, unleased: INFINITY }))).toBeNull();
    expect(planRenewal(aCell({ available: 0, unleased: 0 }))).toBeNull();
  });
});

describe('applyLease', () => {
  test('sets period, bounds and units of the cell with the first lease', () => {
    const cell = emptyQuotaCell();
    applyLease(cell, aLease(), 500);
    expect(cell).toEqual(aCell({ available: 5, unleased: 20, deniedUntil: 500 + DENIAL_MS }));
  });

  test('keeps units that were refunded to the same period in the meantime', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ granted: 5 }), 500);
    expect(cell.available).toBe(8);
  });

  test('does not carry units of an ended period into the next one', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ periodId: 'period_2', startsAt: 10_000, endsAt: 20_000 }), 10_001);
    expect(cell).toMatchObject({ periodId: 'period_2', startsAt: 10_000, endsAt: 20_000, available: 5 });
  });

  test('applies corrected bounds of the same period and keeps its units', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ granted: 0, endsAt: 12_000 }), 500);
    expect(cell).toMatchObject({ endsAt: 12_000, available: 3 });
  });

  test('trusts a refusal for DENIAL_MS and no longer', () => {
    const cell = aCell({ available: 0 });
    applyLease(cell, aLease({ granted: 0, unleased: 0 }), 500);
    expect(charge(cell, 1, 500 + DENIAL_MS - 1)).toBe('QUOTA_EXCEEDED');
    expect(charge(cell, 1, 500 + DENIAL_MS)).toBe('LEASE');
  });

  test('keeps no unlimited units after a change from limited to unlimited and back', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ granted: INFINITY, unleased: INFINITY }), 500);
    expect(charge(cell, 99, 501)).toBe('ALLOW');
    cell.recalled = true;
    planLease(cell, 1, 1);
    applyLease(cell, aLease({ granted: 1, unleased: 0 }), 502);
    expect(cell.available).toBe(1);
  });
});

describe('a recall', () => {
  test('is answered by the next plan, which surrenders all available units', () => {
    const cell = aCell({ recalled: true });
    expect(planLease(cell, 1, 1).surrender).toBe(10);
    applyLease(cell, aLease({ granted: 1, unleased: 0 }), 500);
    expect(charge(cell, 1, 501)).toBe('ALLOW');
  });

  test('that arrives during a renewal stays after the renewal’s response, which is based on the old limit', () => {
    const cell = aCell({ available: 0, unleased: 1_600 });
    expect(planRenewal(cell)?.want).toBe(100);
    cell.recalled = true;
    applyLease(cell, aLease({ granted: 100, unleased: 1_500 }), 500);
    expect(charge(cell, 1, 501)).toBe('LEASE');
    expect(planLease(cell, 1, 1).surrender).toBe(100);
  });
});

test('remaining is the sum of available and unleased units', () => {
  expect(quotaRemaining(aCell({ available: 3, unleased: 4 }))).toBe(7);
  expect(quotaRemaining(emptyQuotaCell())).toBe(0);
  expect(quotaRemaining(aCell({ available: INFINITY, unleased: INFINITY }))).toBe(INFINITY);
});
