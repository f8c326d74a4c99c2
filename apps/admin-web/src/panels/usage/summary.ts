import { matchesStatus } from './filter.ts';
import type { Summary } from './queries.ts';

/** Sums of a range. */
export interface Totals {
  calls: number;
  units: number;
  /** Calls that were answered with 5xx. */
  failed: number;
  /** Mean time of a call; null without calls. */
  averageMs: number | null;
  refused: number;
  /** Most frequent first. */
  refusals: { code: string; count: number }[];
}

/** Adds up the rows of a summary by status; those of other statuses than the filter’s are left out. */
export function totalsOf({ rows, refusals }: Pick<Summary, 'rows' | 'refusals'>, status: string): Totals {
  const counted = rows.filter((row) => matchesStatus(row.status ?? 0, status));
  const calls = sum(counted.map((row) => row.calls));
  return {
    calls,
    units: sum(counted.map((row) => row.units)),
    failed: sum(counted.filter((row) => matchesStatus(row.status ?? 0, '5xx')).map((row) => row.calls)),
    averageMs: calls === 0 ? null : sum(counted.map((row) => row.avgDurationMs * row.calls)) / calls,
    refused: sum(refusals.map(({ count }) => count)),
    refusals: [...refusals].sort((a, b) => b.count - a.count),
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
