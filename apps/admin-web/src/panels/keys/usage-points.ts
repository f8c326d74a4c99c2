import { bucketStarts } from '../../lib/buckets.ts';
import { counted, formatCount } from '../../lib/format.ts';
import type { ChartData } from '../../ui/time-chart.tsx';
import type { Summary } from './queries.ts';

type Sums = Pick<Summary, 'from' | 'to' | 'bucket' | 'rows' | 'refusalRows'>;

/** Admitted and refused calls over time; no points when there were none. */
export function usageChart(summary: Sums): ChartData {
  const calls = sumsByBucket(summary.rows, ({ calls: count }) => count);
  const refusals = sumsByBucket(summary.refusalRows, ({ count }) => count);
  const starts = calls.size + refusals.size === 0 ? [] : bucketStarts(summary);
  return {
    kind: 'bars',
    series: [
      { key: 'calls', label: 'Calls', color: 'teal.7' },
      { key: 'refusals', label: 'Refused calls', color: 'orange.6' },
    ],
    points: starts.map((at) => ({
      at: new Date(at).toISOString(),
      values: { calls: calls.get(at) ?? 0, refusals: refusals.get(at) ?? 0 },
    })),
    format: formatCount,
  };
}

/** The calls of one key in each bucket of a summary grouped by key. */
export function callsOfKey(summary: Pick<Summary, 'from' | 'to' | 'bucket' | 'rows'>, keyId: string): number[] {
  const ofKey = sumsByBucket(
    summary.rows.filter((row) => row.keyId === keyId),
    ({ calls }) => calls,
  );
  return bucketStarts(summary).map((at) => ofKey.get(at) ?? 0);
}

/** “152 calls, 150 units; 5 refused with QUOTA_EXCEEDED”. */
export function totalsText({ rows, refusals }: Pick<Summary, 'rows' | 'refusals'>): string {
  const calls = rows.reduce((sum, row) => sum + row.calls, 0);
  const units = rows.reduce((sum, row) => sum + row.units, 0);
  const admitted = `${counted(calls, 'call')}, ${counted(units, 'unit')}`;
  if (refusals.length === 0) return admitted;
  const codes = [...refusals].sort((a, b) => b.count - a.count).map(({ code, count }) => `${formatCount(count)} refused with ${code}`);
  return `${admitted}; ${codes.join(', ')}`;
}

function sumsByBucket<T extends { bucket: string }>(rows: readonly T[], countOf: (row: T) => number): Map<number, number> {
  const sums = new Map<number, number>();
  for (const row of rows) {
    const at = Date.parse(row.bucket);
    sums.set(at, (sums.get(at) ?? 0) + countOf(row));
  }
  return sums;
}

/** Splits IDs into batches of at most `size`, and maps each ID to its batch. */
export function batchesById(ids: readonly string[], size: number): Map<string, readonly string[]> {
  const batches = new Map<string, readonly string[]>();
  for (let first = 0; first < ids.length; first += size) {
    const batch = ids.slice(first, first + size);
    for (const id of batch) batches.set(id, batch);
  }
  return batches;
}
