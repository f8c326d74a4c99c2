import pg from 'pg';
import { expect } from 'vitest';
import type { FreshDatabase } from './database.ts';

/** An open transaction that holds the locks of its statement. */
export interface HeldLock {
  /** Commits, so that waiting statements continue. */
  release(): Promise<void>;
}

/** Runs a statement in a transaction that stays open, so that others wait for the same rows. */
export async function holdLock({ url }: FreshDatabase, statement: string): Promise<HeldLock> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  await client.query('begin; set search_path = api_factory');
  await client.query(statement);
  return {
    release: async () => {
      await client.query('commit');
      await client.end();
    },
  };
}

/** Resolves when `count` statements of the database wait for a lock. */
export async function untilWaiting({ url }: FreshDatabase, count: number): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const waiting = async () =>
    (
      await client.query(
        `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).rows[0].count;
  try {
    await expect.poll(waiting, { timeout: 5_000, interval: 10 }).toBe(count);
  } finally {
    await client.end();
  }
}
