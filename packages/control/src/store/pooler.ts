import pg from 'pg';
import { connectionConfig } from './database.ts';

/** The connection string leads to a pooler that lends one server session to several clients. The message says what to use instead. */
export class PoolerModeError extends Error {
  override name = 'PoolerModeError';
}

/** `direct`: the server itself. `session`: a pooler that gives each client a session of its own. `shared`: one that does not. */
export type Pooling = 'direct' | 'session' | 'shared';

/** Clients that probe at once for a session that another one had. More than one, for poolers that hand out the session that rested longest. */
const PROBES = 4;
/** A pooler whose sessions are all taken lets a client wait for minutes. */
const LONGEST_WAIT_MS = 5_000;
/** What a pooler in statement mode answers to `begin`, in the words of PgBouncer. */
const NO_TRANSACTIONS = /transaction blocks? not allowed|statement pooling/i;

const TOO_FEW =
  'DATABASE_URL: the pooler that answers there gives no further session; give its pool 35 sessions, or use the database’s own address';

/**
 * Finds out what stands between us and the server. A server tells its process id at the log-in; a pooler tells a number of its own. Behind a
 * pooler, other clients open transactions, each of which keeps a server session to itself: where one of them gets the session that our first
 * client was served by, or pushes it to another, sessions are shared.
 * @throws PoolerModeError when the pooler gives fewer sessions than that takes
 */
export async function poolingOf(url: string): Promise<Pooling> {
  const clients: pg.Client[] = [];
  const open = async (): Promise<pg.Client> => {
    const client = new pg.Client({ ...connectionConfig(url), query_timeout: LONGEST_WAIT_MS });
    client.on('error', () => {});
    clients.push(client);
    // No settings: in a session that is shared they would reach whoever gets it next.
    await client.connect();
    return client;
  };
  try {
    const first = await open();
    const served = await backendOf(first);
    if ((first as unknown as { processID: number | null }).processID === served) return 'direct';
    for (let probe = 0; probe < PROBES; probe += 1) if (await meets(first, served, await open())) return 'shared';
    return 'session';
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/** Whether `other`, in a transaction that stays open, has the session that serves `first`, or `first` is served by another one now. */
async function meets(first: pg.Client, served: number, other: pg.Client): Promise<boolean> {
  try {
    await other.query('begin');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (NO_TRANSACTIONS.test(error.message)) return true;
    if (error.message === 'Query read timeout') throw new PoolerModeError(TOO_FEW);
    throw error;
  }
  // In this order: while the other one keeps our session, a pool of one session would let us wait.
  return (await backendOf(other)) === served || (await backendOf(first)) !== served;
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return Number(rows[0]?.pid);
}

/**
 * What the product needs a session for: the lock that keeps a second product away, its search path, and prepared statements.
 * @throws PoolerModeError when sessions are shared, or are too few
 */
export async function refuseSharedSessions(url: string): Promise<Exclude<Pooling, 'shared'>> {
  const pooling = await poolingOf(url);
  if (pooling !== 'shared') return pooling;
  throw new PoolerModeError(
    'DATABASE_URL: a pooler in transaction or statement mode answers there, and the product needs sessions of its own; ' +
      'use the database’s own address, or the pooler in session mode (at Supabase: port 5432 instead of 6543)',
  );
}
