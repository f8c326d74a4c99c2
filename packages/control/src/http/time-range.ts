import { invalid } from './refuse.ts';

/** Half open: `from` belongs to it, `to` does not; null is unbounded. */
export interface OpenTimeRange {
  from: Date | null;
  to: Date | null;
}

/**
 * Reads `from` and `to` of a query.
 * @throws ProblemError VALIDATION_FAILED for a day that no calendar has, and for an end before the beginning
 */
export function readRange({ from, to }: { from?: string; to?: string }): OpenTimeRange {
  const range = { from: readTime('from', from), to: readTime('to', to) };
  if (range.from && range.to && range.to < range.from) throw invalid('#/query/to', 'must not be before from');
  return range;
}

function readTime(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(`#/query/${name}`, 'must be a time that exists, in RFC 3339');
  return new Date(ms);
}
