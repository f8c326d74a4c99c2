import type { QuotaCell } from './model.ts';

/** Unspent units of the period, as far as this gateway knows; Infinity if unlimited. */
export const quotaRemaining = (cell: QuotaCell): number => cell.available + cell.unleased;

/** A lease to request from the database. */
export interface LeasePlan {
  /** Minimum units: with fewer, the waiting call is refused. 0 for a renewal in the background. */
  need: number;
  /** Preferred number of units. */
  want: number;
  /** Units of the cell's period that the same statement returns. */
  surrender: number;
}

/** A lease is at most 1/16 of what is left, so that a crashed host loses little. */
const SHARE = 16;
const LARGEST_BLOCK = 1_000;

/**
 * Blocks are large far from the limit and shrink to 0 near it, where only what calls need is
 * leased.
 */
const block = (cell: QuotaCell): number =>
  Number.isFinite(cell.unleased) ? Math.min(LARGEST_BLOCK, Math.floor(cell.unleased / SHARE)) : 0;

/**
 * Plans a lease for a waiting call and removes the surrendered units from the cell, so that no
 * other call spends them while the statement runs. `waiting` is the total cost of all waiting
 * calls.
 */
export function planLease(cell: QuotaCell, need: number, waiting: number): LeasePlan {
  const surrender = Number.isFinite(cell.available) ? cell.available : 0;
  cell.available = 0;
  // The surrender answers a recall; a recall that arrives while the statement runs must be answered
  // after it.
  cell.recalled = false;
  // Surrendered units may come back with the response: until then the cell can't refuse.
  cell.deniedUntil = 0;
  return { need, want: Math.max(need, waiting, block(cell)), surrender };
}

/**
 * Plans a lease in the background, while the cell keeps spending what it has. Null if none is due:
 * half a block is left, or the limit is near.
 */
export function planRenewal(cell: QuotaCell): LeasePlan | null {
  if (cell.available * 2 >= LARGEST_BLOCK) return null;
  const want = block(cell);
  return want > 1 && cell.available * 2 < want ? { need: 0, want, surrender: 0 } : null;
}

/** The database's response; times are in the gateway's clock. */
export interface Lease {
  periodId: string;
  startsAt: number;
  endsAt: number;
  /** Units granted after the surrender; 0 means refused. Infinity when unlimited. */
  granted: number;
  /**
   * Units of the period that no gateway has leased after the grant, ≥ 0. Infinity when unlimited.
   */
  unleased: number;
}

/**
 * How long the database's last count is trusted for a refusal; a refund by another gateway takes
 * effect after it.
 */
export const DENIAL_MS = 1_000;

/**
 * Applies the database's response to the cell. Units that were refunded to the same period in the
 * meantime stay, and so does a recall: the response may be based on the old limit.
 */
export function applyLease(cell: QuotaCell, lease: Lease, nowMs: number): void {
  const kept = cell.periodId === lease.periodId && Number.isFinite(cell.available) ? cell.available : 0;
  cell.periodId = lease.periodId;
  cell.startsAt = lease.startsAt;
  cell.endsAt = lease.endsAt;
  cell.available = kept + lease.granted;
  cell.unleased = lease.unleased;
  cell.deniedUntil = nowMs + DENIAL_MS;
}
