/** Length of a quota period. */
export type PeriodLength = 'month' | 'day';

/** One quota window in UTC, half open: `startsAt` belongs to it, `endsAt` to the next. */
export interface PeriodBounds {
  startsAt: Date;
  endsAt: Date;
}

const DAY_MS = 86_400_000;

/**
 * The period that contains `now`. Periods are contiguous, before and after the anchor. A day is 24
 * h. Months are counted from the original anchor and clamped to the last day of shorter months: Jan
 * 31 → Feb 28 → Mar 31.
 */
export function periodAt(anchor: Date, period: PeriodLength, now: Date): PeriodBounds {
  const start = period === 'day' ? dayStart : monthStart;
  const index = period === 'day' ? Math.floor((now.getTime() - anchor.getTime()) / DAY_MS) : monthIndex(anchor, now);
  return { startsAt: start(anchor, index), endsAt: start(anchor, index + 1) };
}

const dayStart = (anchor: Date, index: number): Date => new Date(anchor.getTime() + index * DAY_MS);

/**
 * Exactly one period starts in each calendar month, so the current one started in the month of
 * `now` or in the month before.
 */
function monthIndex(anchor: Date, now: Date): number {
  const months = (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  return monthStart(anchor, months) > now ? months - 1 : months;
}

function monthStart(anchor: Date, index: number): Date {
  const year = anchor.getUTCFullYear();
  const month = anchor.getUTCMonth() + index;
  // Day 0 of the next month is the last day of this one.
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const start = new Date(anchor.getTime());
  start.setUTCFullYear(year, month, Math.min(anchor.getUTCDate(), lastDay));
  return start;
}
