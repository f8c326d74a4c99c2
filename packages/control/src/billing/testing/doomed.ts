import { type KyselyPlugin, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import type { BilledApp } from './billed-app.ts';

/** A process that dies at a chosen statement. */
export interface Doomed {
  context: Context;
  /** Lets it work until the end, or until it is dead: then its connections were ended by the server, and nothing of it goes on. */
  run: <T>(work: (context: Context) => Promise<T>) => Promise<T | 'died'>;
  /** Whether the statement was reached. */
  isDead: () => boolean;
}

/**
 * Another process on the same database and account. It dies once the answer to its statement number `at` (1 is the first) has come: then the server ends
 * its connections, so that an open transaction is rolled back, and nothing of it goes on. With `at` 0 it dies when it is about to tell the gateway
 * of a change that it has committed.
 */
export function doomed(app: BilledApp, at: number): Doomed {
  const name = `doomed ${app.context.newId('p')}`.slice(0, 32);
  const url = new URL(app.database.url);
  url.searchParams.set('application_name', name);
  let die: (word: 'died') => void = () => {};
  let dead = false;
  const died = new Promise<'died'>((resolve) => {
    die = resolve;
  });
  const kill = async (): Promise<never> => {
    dead = true;
    await endConnections(app.database.db, name);
    die('died');
    return new Promise<never>(() => {});
  };
  const db = openDatabase(url.href).withPlugin(countTo(at, kill));
  const context: Context = { ...app.context, db, changed: at === 0 ? kill : async () => {} };
  const run: Doomed['run'] = (work) => {
    // A statement beside the last one fails when the connections end.
    const done = work(context).catch((error: unknown) => {
      if (dead) return died;
      throw error;
    });
    return Promise.race([done, died]);
  };
  return { context, run, isDead: () => dead };
}

/** Calls `reach` at the chosen statement and at each one after it. */
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

/** The process that is started when the lease of the dead one has run out. */
export const survivor = ({ context }: BilledApp): Context => ({ ...context, clock: { now: () => context.clock.now() + 61_000 } });

/**
 * A process that stops for a while at a chosen statement, as one does that swaps or whose network hangs; with `at` 0 before its transaction begins,
 * when it has fetched and not written.
 */
export function slow(app: BilledApp, at: number) {
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
