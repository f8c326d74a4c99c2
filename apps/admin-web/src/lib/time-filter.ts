import { type Range, rangeOf } from './ranges.ts';

/** A choice of time in the address: the word of a range, `all`, or `custom` with its ends in RFC 3339, of which each may be empty. */
export interface TimeFilter {
  range: string;
  from: string;
  to: string;
}

/** Ends of a list in RFC 3339; one that is absent is open. */
export interface TimeBounds {
  from?: string;
  to?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What to ask a list for. A range up to now stays open at its end: new rows belong to it. */
export function timeBounds({ range, from, to }: TimeFilter, now: Date): TimeBounds {
  if (range === 'all') return {};
  if (range !== 'custom') return { from: rangeOf(range, now).from.toISOString() };
  const [begin, end] = [timeOf(from), timeOf(to)];
  return { ...(begin ? { from: begin.toISOString() } : {}), ...(end ? { to: end.toISOString() } : {}) };
}

/** What to ask the roll-ups for: minutes are kept 48 hours, hours 90 days, days for good. */
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

/** Whether new rows can still come into it. */
export function includesNow({ range, to }: TimeFilter, now: Date): boolean {
  const end = range === 'custom' ? timeOf(to) : null;
  return end === null || end > now;
}

/** Why the ends don’t go together; null: they do. */
export function timeRangeError({ range, from, to }: TimeFilter): string | null {
  const [begin, end] = [timeOf(from), timeOf(to)];
  return range === 'custom' && begin !== null && end !== null && end < begin ? 'Choose an end after the beginning' : null;
}

/** RFC 3339 → what a field for a local date and time shows. */
export function toLocalField(text: string): string {
  const at = timeOf(text);
  if (at === null) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace(/:00$/, '');
}

/** The other way round; what is no time is empty. */
export const fromLocalField = (text: string): string => timeOf(text)?.toISOString() ?? '';

function timeOf(text: string): Date | null {
  const ms = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms);
}
