import { invalid } from './errors.ts';

/** RFC 3339 has four digits for the year; one hour before its end an offset can lead beyond. */
const YEAR_10000_MS = Date.UTC(10_000, 0);

/**
 * Reads a time of a request whose form the schema has checked, from 1970 to the end of 9999, in
 * UTC: any other could not be answered as RFC 3339.
 * @param pointer where it stands in the request
 * @throws ProblemError VALIDATION_FAILED, also for a leap second, which no Date can hold
 */
export function readTime(pointer: string, text: string): Date {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(pointer, 'must be a time that exists');
  if (ms < 0 || ms >= YEAR_10000_MS) throw invalid(pointer, 'must be a time from 1970 to 9999, in UTC');
  return new Date(ms);
}

/** Half open: `from` belongs to it, `to` does not; null is unbounded. */
export interface OpenTimeRange {
  from: Date | null;
  to: Date | null;
}

/**
 * Reads `from` and `to` of a query.
 * @throws ProblemError VALIDATION_FAILED as `readTime`, and for an end before the beginning
 */
export function readRange({ from, to }: { from?: string; to?: string }): OpenTimeRange {
  const range = {
    from: from === undefined ? null : readTime('#/query/from', from),
    to: to === undefined ? null : readTime('#/query/to', to),
  };
  if (range.from && range.to && range.to < range.from) throw invalid('#/query/to', 'must not be before from');
  return range;
}
