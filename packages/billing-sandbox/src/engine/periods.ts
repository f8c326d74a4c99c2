import type { Recurring } from '../objects/types.ts';

type Cycle = Pick<Recurring, 'interval' | 'interval_count'>;

/**
 * The first boundary of the billing cycle after a time, in epoch seconds. Every boundary is counted
 * from the original anchor, never from the last clamped one, and clamped to the month's end: Jan 31
 * → Feb 28 → Mar 31. Before the anchor it is the anchor itself.
 */
export function nextBoundary(anchor: number, cycle: Cycle, after: number): number {
  if (after < anchor) return anchor;
  let count = Math.floor((after - anchor) / longest(cycle));
  while (boundary(anchor, cycle, count) <= after) count += 1;
  return boundary(anchor, cycle, count);
}

/** The count-th boundary from the anchor; 0 is the anchor itself. */
function boundary(anchor: number, cycle: Cycle, count: number): number {
  const steps = count * cycle.interval_count;
  if (cycle.interval === 'day') return anchor + steps * 86_400;
  if (cycle.interval === 'week') return anchor + steps * 7 * 86_400;
  return addMonths(anchor, cycle.interval === 'year' ? steps * 12 : steps);
}

function addMonths(anchor: number, months: number): number {
  const from = new Date(anchor * 1000);
  const to = new Date(from.getTime());
  to.setUTCDate(1);
  to.setUTCMonth(from.getUTCMonth() + months);
  const days = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(from.getUTCDate(), days));
  return to.getTime() / 1000;
}

/** The cycle's greatest possible length in seconds: a safe start for the search. */
function longest(cycle: Cycle): number {
  const days = { day: 1, week: 7, month: 31, year: 366 }[cycle.interval as 'day' | 'week' | 'month' | 'year'] ?? 31;
  return days * 86_400 * cycle.interval_count;
}
