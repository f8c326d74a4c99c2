import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAlone } from './database.ts';
import type { DatabaseClient } from './database-client.ts';
import { AlreadyInUseError } from './directory-lock.ts';
import { refuseSharedSessions } from './pooler.ts';

/** An arbitrary number: the advisory lock held by the one product that uses a database. */
const INSTANCE_LOCK = 4_702_112;
/** The server needs a moment to notice that a killed product’s connection is gone. */
const ATTEMPTS = 10;
const ATTEMPT_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** How often the connection is checked: a session that the server has lost protects nothing. */
const HEARTBEAT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;

export interface InstanceOptions {
  /**
   * Called once, if another product acquires the lock while the connection is lost: stop serving.
   */
  onLost: (error: AlreadyInUseError) => void;
}

/** The lock on a database. The server releases it when the process ends. */
export interface InstanceLock {
  release(): Promise<void>;
}

/**
 * Refuses a second product on the same database. The lock is a session-level advisory lock on a
 * separate connection, which must not go through a pooler in transaction mode: that is checked
 * first. When the connection drops or goes silent, the lock is acquired again as soon as the
 * database answers.
 * @throws AlreadyInUseError when another product holds it; PoolerModeError behind a pooler that
 *   shares sessions; the driver’s error when the database can’t be reached
 */
export async function holdInstance(url: string, { onLost }: InstanceOptions): Promise<InstanceLock> {
  const target: LockTarget = { url, name: `api-factory instance ${randomBytes(8).toString('hex')}` };
  await refuseSharedSessions(url);
  const client = await acquireLock(target);
  const ending = new AbortController();
  const done = maintainLock(target, client, ending.signal).catch((error: unknown) => {
    if (error instanceof AlreadyInUseError && !ending.signal.aborted) onLost(error);
  });
  return {
    async release() {
      ending.abort();
      await done;
    },
  };
}

interface LockTarget {
  url: string;
  /** Prefix of the sessions’ names: distinguishes our own lost session from another product’s. */
  name: string;
}

/** Ends with an AlreadyInUseError, or when `signal` aborts. */
async function maintainLock(target: LockTarget, first: DatabaseClient, signal: AbortSignal): Promise<void> {
  let client = first;
  for (;;) {
    await untilClosed(client, signal);
    if (signal.aborted) return;
    client = await reacquireLock(target, signal);
  }
}

async function untilClosed(client: DatabaseClient, signal: AbortSignal): Promise<void> {
  // A connection that does not answer is closed, which ends the wait.
  let beat: Promise<unknown> | null = null;
  const heartbeat = setInterval(() => {
    beat ??= client
      .query('select 1')
      .catch(() => {})
      .finally(() => {
        beat = null;
      });
  }, HEARTBEAT_MS).unref();
  try {
    await once(client, 'end', { signal });
  } catch {
    // Released, or the connection failed.
  }
  clearInterval(heartbeat);
  client.hurry(CLOSE_TIMEOUT_MS);
  await beat;
  await endSession(client);
}

/**
 * A silent session may still hold the lock when the next start wants it: it is terminated through
 * another connection.
 */
async function endSession(client: DatabaseClient): Promise<void> {
  client.hurry(CLOSE_TIMEOUT_MS);
  await client.query('select pg_advisory_unlock_all()').catch(() => {});
  await client.end().catch(() => {});
  await client.config.connections.settled();
}

async function reacquireLock(target: LockTarget, signal: AbortSignal): Promise<DatabaseClient> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await acquireLock(target);
    } catch (error) {
      if (error instanceof AlreadyInUseError || signal.aborted) throw error;
    }
    await pause(Math.min(LONGEST_PAUSE_MS, ATTEMPT_PAUSE_MS * 2 ** attempt), undefined, { signal });
  }
}

async function acquireLock({ url, name }: LockTarget): Promise<DatabaseClient> {
  const client = await connectAlone(url, { name });
  try {
    // A session that was lost with the network may still hold the lock.
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where starts_with(application_name, $1) and pid <> pg_backend_pid()',
      [name],
    );
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [INSTANCE_LOCK]);
      if (rows[0]?.held) return client;
      await pause(ATTEMPT_PAUSE_MS);
    }
    throw new AlreadyInUseError('the database is used by another api-factory; stop that one, or set another database with DATABASE_URL');
  } catch (error) {
    await endSession(client);
    throw error;
  }
}
