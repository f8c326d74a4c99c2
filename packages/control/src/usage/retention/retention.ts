import type { Database } from '../../store/database.ts';
import { addPartition, deleteOld, dropPartition, listPartitions, oldestOpenPeriod } from './retention-store.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface Retention {
  /** Days that events are kept, at least. */
  retentionDays: number;
  now: Date;
}

/**
 * Makes the partitions of today and tomorrow and removes what is old: events after the retention,
 * unless their day lies in a quota period that is still open; minute roll-ups after 48 h, hours and
 * refusals after 90 days, remembered answers after 24 h. Day roll-ups and the ledger stay. Safe to
 * run again, and on several processes at once.
 */
export async function maintainPartitions(db: Database, { retentionDays, now }: Retention): Promise<void> {
  const today = startOfDay(now);
  const present = new Set(await listPartitions(db));
  for (const day of [today, addDays(today, 1)]) if (!present.has(isoDay(day))) await addPartition(db, isoDay(day));
  const firstKept = firstKeptDay({ retentionDays, now }, await oldestOpenPeriod(db, now));
  for (const day of present) if (day < firstKept) await dropPartition(db, day);
  await deleteOld(db, {
    events: firstKept,
    minutes: new Date(now.getTime() - 48 * HOUR_MS),
    hours: addDays(now, -90),
    answers: new Date(now.getTime() - 24 * HOUR_MS),
    openPeriods: now,
  });
}

/**
 * The first day whose events stay, as YYYY-MM-DD. Today and the `retentionDays` days before it
 * always stay.
 */
export function firstKeptDay({ retentionDays, now }: Retention, oldestOpen: Date | null): string {
  const byAge = addDays(startOfDay(now), -retentionDays);
  return isoDay(oldestOpen && oldestOpen < byAge ? oldestOpen : byAge);
}

const startOfDay = (time: Date): Date => new Date(Math.floor(time.getTime() / DAY_MS) * DAY_MS);
const addDays = (time: Date, days: number): Date => new Date(time.getTime() + days * DAY_MS);
const isoDay = (time: Date): string => time.toISOString().slice(0, 10);
