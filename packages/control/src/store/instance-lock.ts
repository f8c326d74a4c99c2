import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { AlreadyInUseError } from './already-in-use.ts';
import { connectAlone } from './database.ts';
import { refuseSharedSessions } from './pooler.ts';

/** Any number: names the advisory lock that the one product of a database holds. */
const INSTANCE_LOCK = 4_702_112;
/** A product that was killed a moment ago: its connection takes that long to be noticed by the server. */
const ATTEMPTS = 10;
const ATTEMPT_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface InstanceOptions {
  /** Called once, when the connection was lost and another product took the database in the meantime: stop serving. */
  onLost: (error: AlreadyInUseError) => void;
}

/** The claim on a database. It ends with the process, however that ends. */
export interface InstanceLock {
  release(): Promise<void>;
}

/**
 * Refuses a second product on the same database. The claim is a session's advisory lock on a connection of its own, which must
 * not go through a pooler in transaction mode: that is found out first. When the connection drops, the claim is made again as soon as the database answers.
 * @throws AlreadyInUseError when another holds it; PoolerModeError behind a pooler that lends sessions out; the driver's error when the database can't be reached
 */
export async function holdInstance(url: string, { onLost }: InstanceOptions): Promise<InstanceLock> {
  const claim: Claim = { url, name: `api-factory instance ${randomBytes(8).toString('hex')}` };
  await refuseSharedSessions(url);
  const client = await take(claim);
  const ending = new AbortController();
  const done = keep(claim, client, ending.signal).catch((error: unknown) => {
    if (error instanceof AlreadyInUseError && !ending.signal.aborted) onLost(error);
  });
  return {
    async release() {
      ending.abort();
      await done;
    },
  };
}

interface Claim {
  url: string;
  /** Tells our own lost session from another product's. */
  name: string;
}

/** Ends with an AlreadyInUseError, or when `signal` aborts. */
async function keep(claim: Claim, first: pg.Client, signal: AbortSignal): Promise<void> {
  let client = first;
  for (;;) {
    await untilEnd(client, signal);
    if (signal.aborted) return;
    client = await takeAgain(claim, signal);
  }
}

async function untilEnd(client: pg.Client, signal: AbortSignal): Promise<void> {
  try {
    await once(client, 'end', { signal });
  } catch {
    // Released, or the connection failed: both end it.
  }
  await client.end().catch(() => {});
}

async function takeAgain(claim: Claim, signal: AbortSignal): Promise<pg.Client> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await take(claim);
    } catch (error) {
      if (error instanceof AlreadyInUseError || signal.aborted) throw error;
    }
    await pause(Math.min(LONGEST_PAUSE_MS, ATTEMPT_PAUSE_MS * 2 ** attempt), undefined, { signal });
  }
}

async function take({ url, name }: Claim): Promise<pg.Client> {
  const client = await connectAlone(url);
  try {
    await prepare(client, name);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [INSTANCE_LOCK]);
      if (rows[0]?.held) return client;
      await pause(ATTEMPT_PAUSE_MS);
    }
    throw new AlreadyInUseError('the database is used by another api-factory; stop that one, or name another database with DATABASE_URL');
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Lets the server notice within a minute that this host is gone, and ends the session that we lost when the network failed. */
async function prepare(client: pg.Client, name: string): Promise<void> {
  await client.query(
    `select set_config('tcp_keepalives_idle', '20', false), set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)`,
  );
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()', [
    name,
  ]);
  await client.query(`select set_config('application_name', $1, false)`, [name]);
}
