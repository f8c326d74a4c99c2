import { bucketStarts } from '../../lib/buckets.ts';
import { counted, formatCount } from '../../lib/format.ts';
import type { ChartData } from '../../ui/time-chart.tsx';
import type { Summary } from './queries.ts';

type Sums = Pick<Summary, 'from' | 'to' | 'bucket' | 'rows' | 'refusalRows'>;

/** Calls and refusals of a key over time; no points when there was neither. */
export function usageChart(summary: Sums): ChartData {
  const calls = sumsByBucket(summary.rows, ({ calls: count }) => count);
  const refusals = sumsByBucket(summary.refusalRows, ({ count }) => count);
  const starts = calls.size + refusals.size === 0 ? [] : bucketStarts(summary);
  return {
    kind: 'bars',
    series: [
      { key: 'calls', label: 'Calls', color: 'teal.7' },
      { key: 'refusals', label: 'Refused', color: 'orange.6' },
    ],
    points: starts.map((at) => ({
      at: new Date(at).toISOString(),
      values: { calls: calls.get(at) ?? 0, refusals: refusals.get(at) ?? 0 },
    })),
    format: formatCount,
  };
}

/** Calls of one key in each bucket of a summary by key. */
export function callsOfKey(summary: Pick<Summary, 'from' | 'to' | 'bucket' | 'rows'>, keyId: string): number[] {
  const own = sumsByBucket(
    summary.rows.filter((row) => row.keyId === keyId),
    ({ calls }) => calls,
  );
  return bucketStarts(summary).map((at) => own.get(at) ?? 0);
}

/** “152 calls, 150 units; refused 5 by QUOTA_EXCEEDED”. */
export function totalsText({ rows, refusals }: Pick<Summary, 'rows' | 'refusals'>): string {
  const calls = rows.reduce((sum, row) => sum + row.calls, 0);
  const units = rows.reduce((sum, row) => sum + row.units, 0);
  const answered = `${counted(calls, 'call')}, ${counted(units, 'unit')}`;
  if (refusals.length === 0) return answered;
  const codes = [...refusals].sort((a, b) => b.count - a.count).map(({ code, count }) => `${formatCount(count)} by ${code}`);
  return `${answered}; refused ${codes.join(', ')}`;
}

function sumsByBucket<T extends { bucket: string }>(rows: readonly T[], countOf: (row: T) => number): Map<number, number> {
  const sums = new Map<number, number>();
  for (const row of rows) {
    const at = Date.parse(row.bucket);
    sums.set(at, (sums.get(at) ?? 0) + countOf(row));
  }
  return sums;
}

/** Cuts a list into parts of at most `size`, and says for each id in which part it is. */
export function partsById(ids: readonly string[], size: number): Map<string, readonly string[]> {
  const parts = new Map<string, readonly string[]>();
  for (let first = 0; first < ids.length; first += size) {
    const part = ids.slice(first, first + size);
    for (const id of part) parts.set(id, part);
  }
  return parts;
}
