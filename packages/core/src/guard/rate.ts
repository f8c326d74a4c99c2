import type { RateCell } from './model.ts';

/**
 * Moves the cell to the window that contains `nowMs`. If the clock steps back, the window stays.
 * After the length of the plan's window changed, the calls of the old window count in the new,
 * aligned one in which it started.
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
 * The weight of the previous window, in whole calls. Without the floor, small limits would never be
 * fully usable. Multiplies before dividing: a share such as 1 − 0.9 is not exact, and its floor
 * would be one call off.
 */
function previousWeight(cell: RateCell, windowMs: number, nowMs: number): number {
  if (cell.previous === 0) return 0;
  const left = Math.min(windowMs, cell.windowStart + windowMs - nowMs);
  return Math.floor((cell.previous * left) / windowMs);
}

/**
 * Takes one call from a sliding window of two cells: `current + floor(previous × (1 − elapsed)) + 1
 * ≤ limit`. An aligned window never admits more than the limit. A caller whose calls are less than
 * window ÷ limit apart gets the limit in every full aligned window, however they are spaced; calls
 * exactly that far apart, on the edges of the windows, may get one less in every other window. A
 * refusal changes no count.
 */
export function takeRate(cell: RateCell, limit: number, windowMs: number, nowMs: number): boolean {
  roll(cell, windowMs, nowMs);
  if (cell.current + previousWeight(cell, windowMs, nowMs) + 1 > limit) return false;
  cell.current += 1;
  return true;
}

/**
 * Undoes a call that was admitted at `takenAtMs`. One from before the previous window no longer
 * counts anyway.
 */
export function returnRate(cell: RateCell, windowMs: number, takenAtMs: number): void {
  const start = takenAtMs - (takenAtMs % windowMs);
  if (start >= cell.windowStart) cell.current = Math.max(0, cell.current - 1);
  else if (start === cell.windowStart - windowMs) cell.previous = Math.max(0, cell.previous - 1);
}

/** Calls that would be admitted at `nowMs`, never below zero. */
export function rateRemaining(cell: RateCell, limit: number, windowMs: number, nowMs: number): number {
  roll(cell, windowMs, nowMs);
  return Math.max(0, limit - cell.current - previousWeight(cell, windowMs, nowMs));
}

/** Milliseconds until the current window ends. */
export function rateResetMs(cell: RateCell, windowMs: number, nowMs: number): number {
  roll(cell, windowMs, nowMs);
  return Math.max(0, cell.windowStart + windowMs - nowMs);
}

/**
 * Milliseconds until one more call is admitted if there are no other calls; Infinity for a limit of
 * zero. Solves the admission rule for the time: first within this window, then within the next one.
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
