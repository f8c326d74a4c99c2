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
  test('takes the surrendered units out of the cell, so that nobody spends them meanwhile', () => {
    const cell = aCell({ available: 7 });
    expect(planLease(cell, 8, 8)).toEqual({ need: 8, want: 8, surrender: 7 });
    expect(cell.available).toBe(0);
    expect(charge(cell, 1, 500)).toBe('LEASE');
  });

  test('near the limit it asks for what the waiting calls cost and reads nothing ahead', () => {
    expect(planLease(aCell({ available: 0, unleased: 15 }), 1, 3)).toMatchObject({ need: 1, want: 3 });
    expect(planLease(aCell({ available: 0, unleased: 31 }), 1, 1)).toMatchObject({ need: 1, want: 1 });
  });

  test('far from the limit it asks for a sixteenth of what is left, at most 1,000', () => {
    expect(planLease(aCell({ unleased: 160 }), 1, 1).want).toBe(10);
    expect(planLease(aCell({ unleased: 16_000 }), 1, 1).want).toBe(1_000);
    expect(planLease(aCell({ unleased: 1_000_000 }), 1, 1).want).toBe(1_000);
  });

  test('a need larger than the block is requested in full', () => {
    expect(planLease(aCell({ unleased: 160 }), 40, 40)).toMatchObject({ need: 40, want: 40 });
  });

  test('an unlimited cell surrenders nothing: its units were never leased', () => {
    const cell = aCell({ available: INFINITY, unleased: INFINITY, recalled: true });
    expect(planLease(cell, 1, 1)).toEqual({ need: 1, want: 1, surrender: 0 });
    expect(cell.available).toBe(0);
  });

  test('while surrendered units are under way, a call waits for them instead of being refused', () => {
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
  ])('with %i held and %i that nobody holds', (available, unleased, plan) => {
    const cell = aCell({ available, unleased });
    expect(planRenewal(cell)).toEqual(plan);
    expect(cell.available).toBe(available);
  });

  test('nothing is renewed when the quota is unlimited or nothing is left', () => {
    expect(planRenewal(aCell({ available: INFINITY, unleased: INFINITY }))).toBeNull();
    expect(planRenewal(aCell({ available: 0, unleased: 0 }))).toBeNull();
  });
});

describe('applyLease', () => {
  test('the first lease gives the cell its period, its bounds and its units', () => {
    const cell = emptyQuotaCell();
    applyLease(cell, aLease(), 500);
    expect(cell).toEqual(aCell({ available: 5, unleased: 20, deniedUntil: 500 + DENIAL_MS }));
  });

  test('units that came back to the same period meanwhile are kept', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ granted: 5 }), 500);
    expect(cell.available).toBe(8);
  });

  test('units of an ended period are not taken into the next one', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ periodId: 'period_2', startsAt: 10_000, endsAt: 20_000 }), 10_001);
    expect(cell).toMatchObject({ periodId: 'period_2', startsAt: 10_000, endsAt: 20_000, available: 5 });
  });

  test('corrected bounds of the same period are taken over, and its units stay', () => {
    const cell = aCell({ available: 3 });
    applyLease(cell, aLease({ granted: 0, endsAt: 12_000 }), 500);
    expect(cell).toMatchObject({ endsAt: 12_000, available: 3 });
  });

  test('a refusal is trusted for a moment and no longer', () => {
    const cell = aCell({ available: 0 });
    applyLease(cell, aLease({ granted: 0, unleased: 0 }), 500);
    expect(charge(cell, 1, 500 + DENIAL_MS - 1)).toBe('QUOTA_EXCEEDED');
    expect(charge(cell, 1, 500 + DENIAL_MS)).toBe('LEASE');
  });

  test('from limited to unlimited and back, no unlimited unit survives', () => {
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
  test('is answered by the next plan, which surrenders what is held', () => {
    const cell = aCell({ recalled: true });
    expect(planLease(cell, 1, 1).surrender).toBe(10);
    applyLease(cell, aLease({ granted: 1, unleased: 0 }), 500);
    expect(charge(cell, 1, 501)).toBe('ALLOW');
  });

  test('that comes while a renewal is under way outlives the renewal’s answer, which was given under the old limit', () => {
    const cell = aCell({ available: 0, unleased: 1_600 });
    expect(planRenewal(cell)?.want).toBe(100);
    cell.recalled = true;
    applyLease(cell, aLease({ granted: 100, unleased: 1_500 }), 500);
    expect(charge(cell, 1, 501)).toBe('LEASE');
    expect(planLease(cell, 1, 1).surrender).toBe(100);
  });
});

test('remaining is what is held and what nobody holds', () => {
  expect(quotaRemaining(aCell({ available: 3, unleased: 4 }))).toBe(7);
  expect(quotaRemaining(emptyQuotaCell())).toBe(0);
  expect(quotaRemaining(aCell({ available: INFINITY, unleased: INFINITY }))).toBe(INFINITY);
});
