import { connectAlone } from './database.ts';

/** How far the database's clock is ahead of `now` (epoch ms), to half the time that the answer took. Used by `doctor`. */
export async function readDatabaseClock(url: string, now: () => number): Promise<{ aheadMs: number }> {
  const client = await connectAlone(url);
  try {
    const asked = now();
    const { rows } = await client.query<{ now_ms: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms');
    return { aheadMs: Number(rows[0]?.now_ms) - (asked + now()) / 2 };
  } finally {
    await client.end();
  }
}
