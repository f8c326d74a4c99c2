import { sql } from 'kysely';
import { connectAlone, type Database } from './database.ts';

const NOW_MS = '(extract(epoch from clock_timestamp()) * 1000)::float8';

/** The database's clock, epoch ms. */
export async function databaseNow(db: Database): Promise<number> {
  const { rows } = await sql<{ now_ms: number }>`select ${sql.raw(NOW_MS)} as now_ms`.execute(db);
  return Number(rows[0]?.now_ms);
}

/**
 * How far the database’s clock is ahead of `now` (epoch ms), accurate to half the round trip. Used
 * by `doctor`.
 */
export async function readDatabaseClock(url: string, now: () => number): Promise<{ aheadMs: number }> {
  const client = await connectAlone(url);
  try {
    const startedAt = now();
    const { rows } = await client.query<{ now_ms: number }>(`select ${NOW_MS} as now_ms`);
    return { aheadMs: Number(rows[0]?.now_ms) - (startedAt + now()) / 2 };
  } finally {
    await client.end();
  }
}
