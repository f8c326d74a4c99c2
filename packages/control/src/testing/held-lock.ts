import pg from 'pg';
import { expect } from 'vitest';
import type { FreshDatabase } from './database.ts';

/** A transaction that holds what its statement locked. */
export interface HeldLock {
  /** Commits, so that whoever waits goes on. */
  release(): Promise<void>;
}

/** Runs a statement in a transaction that stays open, so that others stop where they need the same rows. */
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

/** Resolves when that many statements of the database wait for a lock: the transactions have got as far as they can. */
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
