import { invalid } from '../../http/errors.ts';
import { readRange } from '../../http/time.ts';
import type { Bucket } from './schema.ts';

/** Half open: includes `from`, excludes `to`. */
export interface TimeRange {
  from: Date;
  to: Date;
}

const BUCKET_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const satisfies Record<Bucket, number>;

/** The range of statuses of a query value, inclusive: `429` is one, `4xx` a hundred. */
export function statusRange(text: string): { lowest: number; highest: number } {
  if (!text.endsWith('xx')) return { lowest: Number(text), highest: Number(text) };
  const lowest = Number(text.charAt(0)) * 100;
  return { lowest, highest: lowest + 99 };
}

/**
 * The range of a summary, with its start rounded down to a bucket. The default is the last 24
 * hours.
 */
export function summaryRange(query: { from?: string; to?: string }, bucket: Bucket, nowMs: number): TimeRange {
  const given = readRange(query);
  const to = given.to ?? new Date(nowMs);
  const from = given.from ?? new Date(to.getTime() - BUCKET_MS.day);
  if (to < from) throw invalid('#/query/from', 'must not be after now');
  return { from: new Date(Math.floor(from.getTime() / BUCKET_MS[bucket]) * BUCKET_MS[bucket]), to };
}
