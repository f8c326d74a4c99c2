import type { RateCell } from './model.ts';

/**
 * Moves the cell to the window that `nowMs` is in. A clock that steps back stays in the window it
 * had. When the plan's window changed, the calls of the old one count in the aligned new one that
 * it began in.
 */
function roll(cell: RateCell, windowMs: number, nowMs: number): void {
  const misaligned = cell.windowStart % windowMs;
  if (misaligned !== 0) {
    cell.windowStart -= misaligned;
    cell.previous = 0;
  }
  const start = nowMs - (nowMs % windowMs);
  if (start <= cell.windowStart) return;
  cell.previous = start - cell.windowStart === windowMs ? cell.current : 0;
  cell.current = 0;
  cell.windowStart = start;
}

/**
 * What the previous window still weighs, in whole calls. Without the floor a small limit would
 * never reach its due. Multiplies before it divides: a share such as 1 − 0.9 is not exact, and its
 * floor would be one call off.
 */
function carried(cell: RateCell, windowMs: number, nowMs: number): number {
  if (cell.previous === 0) return 0;
  const left = Math.min(windowMs, cell.windowStart + windowMs - nowMs);
  return Math.floor((cell.previous * left) / windowMs);
}

/**
 * Takes one call from a sliding window of two cells: `current + floor(previous × (1 − elapsed)) + 1
 * ≤ limit`. An aligned window never admits more than the limit. A caller that asks more often than
 * every window ÷ limit gets the limit in every full aligned window, however the calls lie; asking
 * exactly that often may get one less in every other window, when the calls fall on the windows'
 * edges. A refusal changes no count.
 */
export function takeRate(cell: RateCell, limit: number, windowMs: number, nowMs: number): boolean {
  roll(cell, windowMs, nowMs);
  if (cell.current + carried(cell, windowMs, nowMs) + 1 > limit) return false;
  cell.current += 1;
  return true;
}

/**
 * Takes back a call that was admitted at `takenAtMs`, so that it counts in no window; one of an
 * older window than the previous counts nowhere any more.
 */
export function returnRate(cell: RateCell, windowMs: number, takenAtMs: number): void {
  const start = takenAtMs - (takenAtMs % windowMs);
  if (start >= cell.windowStart) cell.current = Math.max(0, cell.current - 1);
  else if (start === cell.windowStart - windowMs) cell.previous = Math.max(0, cell.previous - 1);
}

/** Calls that would be admitted at `nowMs`, never below zero. */
export function rateRemaining(cell: RateCell, limit: number, windowMs: number, nowMs: number): number {
  roll(cell, windowMs, nowMs);
  return Math.max(0, limit - cell.current - carried(cell, windowMs, nowMs));
}

/** Milliseconds until the current window ends. */
export function rateResetMs(cell: RateCell, windowMs: number, nowMs: number): number {
  roll(cell, windowMs, nowMs);
  return Math.max(0, cell.windowStart + windowMs - nowMs);
}

/**
 * Milliseconds after which one more call is admitted if nobody else calls meanwhile; Infinity for a
 * limit of zero. Solves the admission rule for the time: first within this window, then within the
 * next one.
 */
export function rateRetryMs(cell: RateCell, limit: number, windowMs: number, nowMs: number): number {
  if (limit <= 0) return Number.POSITIVE_INFINITY;
  if (rateRemaining(cell, limit, windowMs, nowMs) > 0) return 0;
  const inWindow = waitFor(cell.previous, limit - 1 - cell.current, windowMs);
  const now = nowMs - cell.windowStart;
  if (inWindow < windowMs) return Math.max(1, inWindow - now);
  return Math.max(1, windowMs + waitFor(cell.current, limit - 1, windowMs) - now);
}

/** Elapsed ms of a window from which `floor(previous × (1 − elapsed)) ≤ room` holds. */
function waitFor(previous: number, room: number, windowMs: number): number {
  if (room < 0) return Number.POSITIVE_INFINITY;
  if (previous <= room) return 0;
  return Math.floor((windowMs * (previous - room - 1)) / previous) + 1;
}
