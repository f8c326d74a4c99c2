import { type Range, rangeOf } from './ranges.ts';

/**
 * A time filter in the URL: a range’s name, `all`, or `custom` with RFC 3339 bounds that may be
 * empty.
 */
export interface TimeFilter {
  range: string;
  from: string;
  to: string;
}

/** RFC 3339; an absent bound is unlimited. */
export interface TimeBounds {
  from?: string;
  to?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The bounds to query a list with. A range up to now has no end, so that new rows are included. */
export function timeBounds({ range, from, to }: TimeFilter, now: Date): TimeBounds {
  if (range === 'all') return {};
  if (range !== 'custom') return { from: rangeOf(range, now).from.toISOString() };
  const [start, end] = [timeOf(from), timeOf(to)];
  return { ...(start ? { from: start.toISOString() } : {}), ...(end ? { to: end.toISOString() } : {}) };
}

/**
 * The span to query roll-ups with: minutes are kept for 48 hours, hours for 90 days, days forever.
 */
export function summarySpanOf(filter: TimeFilter, now: Date): Omit<Range, 'name'> {
  const whole = rangeOf('24h', now);
  if (filter.range === 'all') return { from: new Date(0), to: whole.to, bucket: 'day' };
  if (filter.range !== 'custom') return rangeOf(filter.range, now);
  const to = timeOf(filter.to) ?? whole.to;
  const from = timeOf(filter.from) ?? new Date(0);
  return { from, to, bucket: bucketFor({ lengthMs: to.getTime() - from.getTime(), ageMs: now.getTime() - from.getTime() }) };
}

function bucketFor({ lengthMs, ageMs }: { lengthMs: number; ageMs: number }): Range['bucket'] {
  if (lengthMs <= 6 * HOUR_MS && ageMs < 47 * HOUR_MS) return 'minute';
  return lengthMs <= 14 * DAY_MS && ageMs < 89 * DAY_MS ? 'hour' : 'day';
}

/** Whether the filter includes new rows. */
export function includesNow({ range, to }: TimeFilter, now: Date): boolean {
  const end = range === 'custom' ? timeOf(to) : null;
  return end === null || end > now;
}

/** The error to show on the end field; null when the bounds are valid. */
export function timeRangeError({ range, from, to }: TimeFilter): string | null {
  const [start, end] = [timeOf(from), timeOf(to)];
  return range === 'custom' && start !== null && end !== null && end < start ? 'End must be after start' : null;
}

/** RFC 3339 → value of a `datetime-local` input. */
export function toLocalField(text: string): string {
  const at = timeOf(text);
  if (at === null) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace(/:00$/, '');
}

/** The reverse; empty when it isn’t a time. */
export const fromLocalField = (text: string): string => timeOf(text)?.toISOString() ?? '';

function timeOf(text: string): Date | null {
  const ms = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms);
}
