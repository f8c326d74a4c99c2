import type { Database } from '../../store/database.ts';
import { addPartition, deleteOld, dropPartition, listPartitions, oldestOpenPeriod } from './retention-store.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface Retention {
  /** Minimum number of days to keep events. */
  retentionDays: number;
  now: Date;
}

/**
 * Creates the partitions of today and tomorrow and deletes old data: events after the retention,
 * unless their day is in an open quota period; minute roll-ups after 48 h; hour roll-ups and
 * refusals after 90 days; idempotent responses after 24 h. Day roll-ups and the ledger are kept.
 * Safe to repeat, and to run in several processes concurrently.
 */
export async function maintainPartitions(db: Database, { retentionDays, now }: Retention): Promise<void> {
  const today = startOfDay(now);
  const existing = new Set(await listPartitions(db));
  for (const day of [today, addDays(today, 1)]) if (!existing.has(isoDay(day))) await addPartition(db, isoDay(day));
  const firstKept = firstKeptDay({ retentionDays, now }, await oldestOpenPeriod(db, now));
  for (const day of existing) if (day < firstKept) await dropPartition(db, day);
  await deleteOld(db, {
    events: firstKept,
    minutes: new Date(now.getTime() - 48 * HOUR_MS),
    hours: addDays(now, -90),
    answers: new Date(now.getTime() - 24 * HOUR_MS),
    openPeriods: now,
  });
}

/**
 * The first day to keep, as YYYY-MM-DD. Today and the `retentionDays` days before it are always
 * kept.
 */
export function firstKeptDay({ retentionDays, now }: Retention, oldestOpen: Date | null): string {
  const byAge = addDays(startOfDay(now), -retentionDays);
  return isoDay(oldestOpen && oldestOpen < byAge ? oldestOpen : byAge);
}

const startOfDay = (time: Date): Date => new Date(Math.floor(time.getTime() / DAY_MS) * DAY_MS);
const addDays = (time: Date, days: number): Date => new Date(time.getTime() + days * DAY_MS);
const isoDay = (time: Date): string => time.toISOString().slice(0, 10);
