import { invalid } from './refuse.ts';
import { readTime } from './time.ts';

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
