import { Kysely, PostgresDialect, sql } from 'kysely';
import { connectionConfig, type Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import { testPool } from '../../testing/database.ts';

/** A real database with a clock that the test controls. */
export interface MovableDatabase {
  db: Database;
  /** Sets the time that statements see, to the millisecond. */
  setTime: (at: Date) => Promise<void>;
}

/**
 * Statements of `db` resolve these functions before those of Postgres. Other connections keep the
 * server's time.
 */
export async function movable(url: string): Promise<MovableDatabase> {
  const pool = testPool({
    ...connectionConfig(url),
    max: 4,
    onConnect: async (client) =>
      void (await client.query("set search_path = moved_clock, api_factory, pg_catalog; set timezone = 'UTC'; set lock_timeout = '10s'")),
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await sql`create schema moved_clock`.execute(db);
  await sql`create table moved_clock.present (at timestamptz not null)`.execute(db);
  await sql`insert into moved_clock.present values (pg_catalog.now())`.execute(db);
  for (const name of ['now', 'statement_timestamp', 'clock_timestamp']) {
    await sql`
create function moved_clock.${sql.raw(name)}() returns timestamptz language sql stable as 'select at from moved_clock.present'`.execute(db);
  }
  return { db, setTime: async (at) => void (await sql`update moved_clock.present set at = ${at}`.execute(db)) };
}
