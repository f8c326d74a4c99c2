import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { charge, refund } from './charge.ts';
import { emptyQuotaCell, type QuotaCell } from './model.ts';

const aCell = (parts: Partial<QuotaCell> = {}): QuotaCell => ({
  periodId: 'period_1',
  startsAt: 0,
  endsAt: 1_000,
  available: 10,
  unleased: 0,
  recalled: false,
  deniedUntil: 0,
  ...parts,
});

describe('charge', () => {
  test.each([
    [0, 'ALLOW', 10],
    [1, 'ALLOW', 9],
    [10, 'ALLOW', 0],
    [11, 'LEASE', 10],
  ] as const)('a cost of %i with 10 units available returns %s and leaves %i', (cost, verdict, left) => {
    const cell = aCell();
    expect(charge(cell, cost, 500)).toBe(verdict);
    expect(cell.available).toBe(left);
  });

  test('a cost of zero is allowed at the limit, even while the database’s refusal is trusted', () => {
    const cell = aCell({ available: 0, deniedUntil: 900 });
    expect(charge(cell, 0, 500)).toBe('ALLOW');
    expect(cell).toEqual(aCell({ available: 0, deniedUntil: 900 }));
  });

  test.each([-1, -0.5, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a cost of %d throws a RangeError and changes nothing', (cost) => {
    const cell = aCell();
    expect(() => charge(cell, cost, 500)).toThrow(RangeError);
    expect(cell).toEqual(aCell());
  });

  test('only ALLOW changes the cell', () => {
    const cells = fc.record({
      periodId: fc.constant('period_1'),
      startsAt: fc.constant(0),
      endsAt: fc.integer({ min: 0, max: 1_000 }),
      available: fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY)),
      unleased: fc.nat(20),
      recalled: fc.boolean(),
      deniedUntil: fc.integer({ min: 0, max: 1_000 }),
    });
    fc.assert(
      fc.property(cells, fc.nat(30), fc.nat(1_000), (cell, cost, now) => {
        const before = structuredClone(cell);
        const verdict = charge(cell, cost, now);
        if (verdict === 'ALLOW') expect(cell).toEqual({ ...before, available: before.available - cost });
        else expect(cell).toEqual(before);
      }),
    );
  });

  test('charges never spend more than is leased', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.array(fc.nat(20), { maxLength: 50 }), (available, costs) => {
        const cell = aCell({ available });
        const spent = costs.reduce((sum, cost) => (charge(cell, cost, 1) === 'ALLOW' ? sum + cost : sum), 0);
        expect(spent).toBeLessThanOrEqual(available);
        expect(cell.available).toBe(available - spent);
      }),
    );
  });

  test('an unlimited cell allows any cost and stays unlimited', () => {
    const cell = aCell({ available: Number.POSITIVE_INFINITY, unleased: Number.POSITIVE_INFINITY });
    expect(charge(cell, 1_000_000, 500)).toBe('ALLOW');
    expect(cell.available).toBe(Number.POSITIVE_INFINITY);
  });

  test('a cell without a period requests a lease, whatever the cost', () => {
    expect(charge(emptyQuotaCell(), 0, 500)).toBe('LEASE');
    expect(charge(emptyQuotaCell(), 1, 500)).toBe('LEASE');
  });

  test('the period is half open: a charge succeeds in its last millisecond and requests a lease at its end', () => {
    expect(charge(aCell(), 1, 999)).toBe('ALLOW');
    expect(charge(aCell(), 1, 1_000)).toBe('LEASE');
    expect(charge(aCell({ available: 0, deniedUntil: 2_000 }), 1, 1_000)).toBe('LEASE');
  });

  test('a recalled cell requests a lease, even for units it has', () => {
    expect(charge(aCell({ recalled: true }), 1, 500)).toBe('LEASE');
    expect(charge(aCell({ recalled: true, available: 0, deniedUntil: 900 }), 1, 500)).toBe('LEASE');
  });

  test('the database’s refusal is repeated until deniedUntil; then a lease is requested', () => {
    const cell = aCell({ available: 2, unleased: 3, deniedUntil: 600 });
    expect(charge(cell, 6, 599)).toBe('QUOTA_EXCEEDED');
    expect(charge(cell, 6, 600)).toBe('LEASE');
  });

  test('a cost that available and unleased units cover together requests a lease instead of being refused', () => {
    expect(charge(aCell({ available: 2, unleased: 3, deniedUntil: 900 }), 5, 500)).toBe('LEASE');
  });
});

describe('refund', () => {
  test('restores exactly what the charge took', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(fc.nat(50), { maxLength: 30 }), (available, costs) => {
        const cell = aCell({ available });
        const charged = costs.filter((cost) => charge(cell, cost, 1) === 'ALLOW');
        for (const cost of charged) expect(refund(cell, 'period_1', cost)).toBe(true);
        expect(cell).toEqual(aCell({ available }));
      }),
    );
  });

  test('does not go to another period: units of an ended one stay in its lease', () => {
    const cell = aCell({ periodId: 'period_2' });
    expect(refund(cell, 'period_1', 3)).toBe(false);
    expect(cell).toEqual(aCell({ periodId: 'period_2' }));
  });
});
