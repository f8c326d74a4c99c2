import { invalid } from './errors.ts';

/** RFC 3339 years have four digits; near the end of 9999 an offset can reach beyond. */
const YEAR_10000_MS = Date.UTC(10_000, 0);

/**
 * Parses a time whose format the schema has checked. Only 1970 to 9999 in UTC is accepted: anything
 * else could not be returned as RFC 3339.
 * @param pointer the field, for the error
 * @throws ProblemError VALIDATION_FAILED, also for a leap second, which a Date can’t hold
 */
export function readTime(pointer: string, text: string): Date {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(pointer, 'must be a valid time');
  if (ms < 0 || ms >= YEAR_10000_MS) throw invalid(pointer, 'must be a time from 1970 to 9999, in UTC');
  return new Date(ms);
}

/** Half open: includes `from`, excludes `to`; null is unbounded. */
export interface OpenTimeRange {
  from: Date | null;
  to: Date | null;
}

/**
 * Parses `from` and `to` of a query.
 * @throws ProblemError VALIDATION_FAILED as `readTime`, and when `to` is before `from`
 */
export function readRange({ from, to }: { from?: string; to?: string }): OpenTimeRange {
  const range = {
    from: from === undefined ? null : readTime('#/query/from', from),
    to: to === undefined ? null : readTime('#/query/to', to),
  };
  if (range.from && range.to && range.to < range.from) throw invalid('#/query/to', 'must not be before from');
  return range;
}
