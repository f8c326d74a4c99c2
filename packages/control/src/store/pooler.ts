import pg from 'pg';
import { connectionConfig } from './database.ts';

/**
 * `DATABASE_URL` leads to a pooler that shares one server session among clients. The message says
 * what to use instead.
 */
export class PoolerModeError extends Error {
  override name = 'PoolerModeError';
}

/**
 * `direct`: the server itself. `session`: a pooler that gives each client its own session.
 * `shared`: one that does not.
 */
export type Pooling = 'direct' | 'session' | 'shared';

/**
 * Clients opened to see whether one gets a session that another client had. Several, because some
 * poolers hand out the session that was idle longest.
 */
const PROBES = 4;
/** A pooler without a free session can make a client wait for minutes. */
const LONGEST_WAIT_MS = 5_000;
/** What PgBouncer in statement mode answers to `begin`. */
const NO_TRANSACTIONS = /transaction blocks? not allowed|statement pooling/i;

const TOO_FEW =
  'DATABASE_URL: the pooler at this address has no free session; give its pool 35 sessions, or use the database’s own address';

/**
 * Detects connection poolers. A server reports its process id at log-in, a pooler some other
 * number. Behind a pooler, more clients open transactions, each of which keeps a server session
 * busy: if one of them gets the session that served the first client, or the first client is moved
 * to another, sessions are shared.
 * @throws PoolerModeError when the pooler has fewer sessions than this needs
 */
export async function poolingOf(url: string): Promise<Pooling> {
  const clients: pg.Client[] = [];
  const open = async (): Promise<pg.Client> => {
    const client = new pg.Client({ ...connectionConfig(url), query_timeout: LONGEST_WAIT_MS });
    client.on('error', () => {});
    clients.push(client);
    // No session settings: in a shared session they would leak to its next client.
    await client.connect();
    return client;
  };
  try {
    const first = await open();
    const served = await backendOf(first);
    if ((first as unknown as { processID: number | null }).processID === served) return 'direct';
    for (let probe = 0; probe < PROBES; probe += 1) if (await sharesSession(first, served, await open())) return 'shared';
    return 'session';
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

/**
 * Whether `other`, in an open transaction, got the session that served `first`, or `first` is now
 * served by another one.
 */
async function sharesSession(first: pg.Client, served: number, other: pg.Client): Promise<boolean> {
  try {
    await other.query('begin');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (NO_TRANSACTIONS.test(error.message)) return true;
    if (error.message === 'Query read timeout') throw new PoolerModeError(TOO_FEW);
    throw error;
  }
  // In this order: in a pool with a single session, `first` would have to wait for `other`.
  return (await backendOf(other)) === served || (await backendOf(first)) !== served;
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return Number(rows[0]?.pid);
}

/**
 * Requires dedicated sessions, which the product needs for its instance lock, search path and
 * prepared statements.
 * @throws PoolerModeError when sessions are shared or too few
 */
export async function refuseSharedSessions(url: string): Promise<Exclude<Pooling, 'shared'>> {
  const pooling = await poolingOf(url);
  if (pooling !== 'shared') return pooling;
  throw new PoolerModeError(
    'DATABASE_URL: this address is a pooler in transaction or statement mode, but api-factory needs dedicated sessions; ' +
      'use the database’s own address, or the pooler in session mode (on Supabase: port 5432 instead of 6543)',
  );
}
