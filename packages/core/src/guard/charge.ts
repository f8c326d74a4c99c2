import type { QuotaCell } from './model.ts';

/** `LEASE`: the cell can’t decide; the caller asks the store and charges again. */
export type Charge = 'ALLOW' | 'LEASE' | 'QUOTA_EXCEEDED';

/**
 * Takes `cost` units from the cell. Only ALLOW changes it. Cost 0 passes at the limit. A cell never
 * refuses on its own: it repeats the database’s refusal for a moment, or says that a lease is
 * needed.
 * @throws RangeError for a negative or fractional cost: a bug of the caller, not of the consumer
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
 * Gives `cost` units back to the period that they were taken from.
 * @returns false when the cell has moved to another period: then the units stay in the old period's
 * lease, which is returned to the database as a whole.
 */
export function refund(cell: QuotaCell, periodId: string, cost: number): boolean {
  if (cell.periodId !== periodId) return false;
  cell.available += cost;
  return true;
}
