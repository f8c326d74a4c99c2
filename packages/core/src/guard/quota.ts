import type { QuotaCell } from './model.ts';

/** Units of the period that are not spent, as far as this gateway knows; Infinity when unlimited. */
export const quotaRemaining = (cell: QuotaCell): number => cell.available + cell.unleased;

/** What to ask the store for. */
export interface LeasePlan {
  /** Units without which the waiting call is refused. */
  need: number;
  /** Units that are welcome: a block far from the limit, just `need` near it. */
  want: number;
  /** Units of `periodId` given back by the same statement. */
  surrender: number;
}

/** A lease is at most this share of what is left, so that a crashed host loses little. */
const SHARE = 16;
const LARGEST_BLOCK = 1_000;

/** Far from the limit blocks are large; near it nothing is read ahead. */
export function planLease(cell: QuotaCell, cost: number): LeasePlan {
  const left = Number.isFinite(cell.unleased) ? cell.unleased : 0;
  const block = Math.min(LARGEST_BLOCK, Math.floor(left / SHARE));
  const surrender = Number.isFinite(cell.available) ? cell.available : 0;
  return { need: cost, want: Math.max(cost, block), surrender };
}

/** True when a background renewal is due: less than half a block is left and the limit is far. */
export function renewalDue(cell: QuotaCell): boolean {
  const block = Math.min(LARGEST_BLOCK, Math.floor(cell.unleased / SHARE));
  return block > 1 && Number.isFinite(cell.unleased) && cell.available * 2 < block;
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

/** How long a refusal by the database is repeated without asking again; a refund by another gateway shows after it. */
export const DENIAL_MS = 1_000;

/**
 * Puts the database's answer into the cell. `surrendered` is what the statement took back from `cell.available`:
 * units that were refunded while the statement was under way stay.
 */
export function applyLease(cell: QuotaCell, lease: Lease, surrendered: number, nowMs: number): void {
  const samePeriod = cell.periodId === lease.periodId;
  const kept = samePeriod && Number.isFinite(cell.available) ? Math.max(0, cell.available - surrendered) : 0;
  cell.periodId = lease.periodId;
  cell.startsAt = lease.startsAt;
  cell.endsAt = lease.endsAt;
  cell.available = kept + lease.granted;
  cell.unleased = lease.unleased;
  cell.recalled = false;
  cell.deniedUntil = lease.granted === 0 ? nowMs + DENIAL_MS : 0;
}
