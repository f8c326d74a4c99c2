import { type KyselyPlugin, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import type { BilledApp } from './billed-app.ts';

/** A process that is killed at a chosen statement. */
export interface KilledProcess {
  context: Context;
  /**
   * Runs `work` until it ends or the process is killed, when the server terminates its connections.
   */
  run: <T>(work: (context: Context) => Promise<T>) => Promise<T | 'killed'>;
  /** Whether the statement was reached. */
  isKilled: () => boolean;
}

/**
 * Another process on the same database and account, killed after the result of statement number
 * `at` (1 is the first): the server terminates its connections, which rolls back an open
 * transaction. With `at` 0 it is killed after a commit, before it notifies the gateway.
 */
export function killedAt(app: BilledApp, at: number): KilledProcess {
  const name = `killedAt ${app.context.newId('p')}`.slice(0, 32);
  const url = new URL(app.database.url);
  url.searchParams.set('application_name', name);
  let end: (result: 'killed') => void = () => {};
  let killed = false;
  const ended = new Promise<'killed'>((resolve) => {
    end = resolve;
  });
  const kill = async (): Promise<never> => {
    killed = true;
    await endConnections(app.database.db, name);
    end('killed');
    return new Promise<never>(() => {});
  };
  const db = openDatabase(url.href).withPlugin(countTo(at, kill));
  const context: Context = { ...app.context, db, changed: at === 0 ? kill : async () => {} };
  const run: KilledProcess['run'] = (work) => {
    // A concurrent statement fails when the connections are terminated.
    const done = work(context).catch((error: unknown) => {
      if (killed) return ended;
      throw error;
    });
    return Promise.race([done, ended]);
  };
  return { context, run, isKilled: () => killed };
}

/** Calls `reach` from the chosen statement on. */
function countTo(at: number, reach: (count: number) => Promise<void>): KyselyPlugin {
  let count = 0;
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      count += 1;
      if (at > 0 && count >= at) await reach(count);
      return result;
    },
  };
}

async function endConnections(db: Database, name: string): Promise<void> {
  await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where starts_with(application_name, ${name})`.execute(db);
}

/** A process that starts after the lease of the killed one has expired. */
export const survivor = ({ context }: BilledApp): Context => ({ ...context, clock: { now: () => context.clock.now() + 61_000 } });

/**
 * A process that pauses at a chosen statement, as when it swaps or its network stalls; with `at` 0
 * after the fetch, before its transaction.
 */
export function pausedAt(app: BilledApp, at: number) {
  let go: () => void = () => {};
  let stop: () => void = () => {};
  const resumed = new Promise<void>((resolve) => {
    go = resolve;
  });
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = () => resolve('stopped');
  });
  const stopHere = async () => {
    stop();
    await resumed;
  };
  const db = app.database.db.withPlugin(countTo(at, async (count) => (count === at ? stopHere() : undefined)));
  return { context: { ...app.context, db: at === 0 ? beforeTransactions(db, stopHere) : db }, stopped, go };
}

function beforeTransactions(db: Database, wait: () => Promise<void>): Database {
  return new Proxy(db, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (name !== 'transaction') return typeof value === 'function' ? value.bind(target) : value;
      return () => ({ execute: (work: never) => wait().then(() => target.transaction().execute(work)) });
    },
  });
}
