import type { QuotaCell } from './model.ts';

/** `LEASE`: the cell can’t decide; the caller requests a lease and charges again. */
export type Charge = 'ALLOW' | 'LEASE' | 'QUOTA_EXCEEDED';

/**
 * Takes `cost` units from the cell. Only ALLOW changes it. A cost of 0 is allowed at the limit. A
 * cell never refuses by itself: it repeats the database’s refusal for a short time, or returns
 * LEASE.
 * @throws RangeError for a negative or fractional cost: a bug in the calling code, not a consumer’s
 * error
 */
export function charge(cell: QuotaCell, cost: number, nowMs: number): Charge {
  if (!Number.isInteger(cost) || cost < 0) throw new RangeError(`cost must be a whole number of units ≥ 0, not ${cost}`);
  if (nowMs < cell.endsAt && !cell.recalled) {
    if (cost <= cell.available) {
      cell.available -= cost;
      return 'ALLOW';
    }
    if (nowMs < cell.deniedUntil && cost > cell.available + cell.unleased) return 'QUOTA_EXCEEDED';
  }
  return 'LEASE';
}

/**
 * Returns `cost` units to the period that they were taken from.
 * @returns false if the cell has moved to another period: the units then stay in the old period's
 * lease.
 */
export function refund(cell: QuotaCell, periodId: string, cost: number): boolean {
  if (cell.periodId !== periodId) return false;
  cell.available += cost;
  return true;
}
