import { invalid } from '../http/refuse.ts';
import type { Bucket } from './schema.ts';

/** Half open: `from` belongs to it, `to` does not. */
export interface TimeRange {
  from: Date;
  to: Date;
}

const BUCKET_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const satisfies Record<Bucket, number>;

/** @throws ProblemError VALIDATION_FAILED for a day that no calendar has, and for an end before the beginning */
export function readRange({ from, to }: { from?: string; to?: string }): { from: Date | null; to: Date | null } {
  const range = { from: readTime('from', from), to: readTime('to', to) };
  if (range.from && range.to && range.to < range.from) throw invalid('#/query/to', 'must not be before from');
  return range;
}

/** The range of a summary in whole buckets at its beginning: the last 24 hours unless it is given. */
export function summaryRange(query: { from?: string; to?: string }, bucket: Bucket, nowMs: number): TimeRange {
  const given = readRange(query);
  const to = given.to ?? new Date(nowMs);
  const from = given.from ?? new Date(to.getTime() - BUCKET_MS.day);
  if (to < from) throw invalid('#/query/from', 'must not be after now');
  return { from: new Date(Math.floor(from.getTime() / BUCKET_MS[bucket]) * BUCKET_MS[bucket]), to };
}

function readTime(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(`#/query/${name}`, 'must be a time that exists, in RFC 3339');
  return new Date(ms);
}
