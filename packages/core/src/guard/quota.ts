import type { QuotaCell } from './model.ts';

/**
 * Units of the period that are not spent, as far as this gateway knows; Infinity when unlimited.
 */
export const quotaRemaining = (cell: QuotaCell): number => cell.available + cell.unleased;

/** What to ask the store for. */
export interface LeasePlan {
  /** Units without which the waiting call is refused; 0 for a renewal in the background. */
  need: number;
  /** Units that are welcome. */
  want: number;
  /** Units of the cell's period given back by the same statement. */
  surrender: number;
}

/** A lease is at most this share of what is left, so that a crashed host loses little. */
const SHARE = 16;
const LARGEST_BLOCK = 1_000;

/**
 * Far from the limit blocks are large; near it they shrink to nothing, and nothing is read ahead.
 */
const block = (cell: QuotaCell): number =>
  Number.isFinite(cell.unleased) ? Math.min(LARGEST_BLOCK, Math.floor(cell.unleased / SHARE)) : 0;

/**
 * Plans a lease for a waiting call, and takes the surrendered units out of the cell, so that no
 * other call spends them while the statement is running. `waiting` is the total cost of all waiting
 * calls.
 */
export function planLease(cell: QuotaCell, need: number, waiting: number): LeasePlan {
  const surrender = Number.isFinite(cell.available) ? cell.available : 0;
  cell.available = 0;
  // The surrender answers a recall; a recall that arrives while the statement is running must be
  // answered after it.
  cell.recalled = false;
  // What is surrendered comes back with the answer: until then the cell can't refuse.
  cell.deniedUntil = 0;
  return { need, want: Math.max(need, waiting, block(cell)), surrender };
}

/**
 * Plans a lease in the background; meanwhile the cell keeps spending what it has. Null when none is
 * due: half a block is left, or the limit is near.
 */
export function planRenewal(cell: QuotaCell): LeasePlan | null {
  if (cell.available * 2 >= LARGEST_BLOCK) return null;
  const want = block(cell);
  return want > 1 && cell.available * 2 < want ? { need: 0, want, surrender: 0 } : null;
}

/** What the database answered; times are in the gateway's clock. */
export interface Lease {
  periodId: string;
  startsAt: number;
  endsAt: number;
  /** Units granted after the surrender; 0 means refused. Infinity when unlimited. */
  granted: number;
  /** Units of the period that nobody holds after the grant, ≥ 0. Infinity when unlimited. */
  unleased: number;
}

/**
 * How long the database's word on what is left is trusted for a refusal; a refund by another
 * gateway shows after it.
 */
export const DENIAL_MS = 1_000;

/**
 * Puts the database's answer into the cell. Units that were refunded to the same period meanwhile
 * stay, and so does a recall: the answer may have been given under the old limit.
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
