import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { withoutCallerSignal } from './caller-signal.ts';
import { type ConnectionPurpose, STATEMENT_MS } from './connection-purpose.ts';
import { Connections } from './connections.ts';
import { DatabaseClient, type DatabaseClientConfig } from './database-client.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** Own schema, never `public`: Supabase exposes `public` through its REST API. */
export const SCHEMA = 'api_factory';

const types = new pg.TypeOverrides();
// Counters stay far below 2^53, so a bigint is read as a number.
types.setTypeParser(pg.types.builtins.INT8, Number);

/** How soon a vanished peer is noticed; Node then probes ten times, a second apart. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * The configuration of every connection. `url` is a Postgres connection string. `applySettings`
 * follows after log-in.
 */
export const connectionConfig = (url: string): pg.ClientConfig => ({
  connectionString: url,
  types,
  application_name: 'api-factory',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
});

/** No request waits longer for a lock. */
export const LOCK_TIMEOUT = '10s';

/**
 * A transaction that is idle for this long has lost its client, because our transactions wait for
 * nothing but the database. Its locks must be released then: calls and revocations wait for them.
 */
const IDLE_IN_TRANSACTION = '5s';

/**
 * Applies the session settings. With statements, not with the startup parameter `options`, which
 * poolers refuse or silently drop: without the search path, tables would be created in `public`.
 * `options` of the connection string are applied before, so these win.
 */
async function applySettings(client: DatabaseClient, more = ''): Promise<void> {
  await client.query(
    `set search_path = ${SCHEMA}; set timezone = 'UTC'; set lock_timeout = '${LOCK_TIMEOUT}'; ` +
      `set statement_timeout = ${STATEMENT_MS[client.config.purpose]}; set idle_in_transaction_session_timeout = '${IDLE_IN_TRANSACTION}'; ` +
      `set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; ` +
      `set application_name = ${client.escapeLiteral(client.sessionName)}; ${more}`,
  );
  client.hasSessionName = true;
  await client.config.connections.endAbandoned(client);
}

/**
 * A separate connection, logged in and with the session settings. The purpose `migration` has no
 * time limit; the session’s name starts with `name`.
 * @throws the driver’s error, with nothing left open
 */
export async function connectAlone(
  url: string,
  { purpose = 'alone', ...more }: { purpose?: 'alone' | 'migration'; name?: string; silenceMs?: number } = {},
): Promise<DatabaseClient> {
  const client = new DatabaseClient({ ...connectionConfig(url), purpose, connections: new Connections(), ...more });
  client.on('error', () => {});
  try {
    await client.connect();
    await applySettings(client);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Default size of a pool. */
export const POOL_SIZE = 10;

export interface DatabaseOptions {
  max?: number;
  /** Sets the time limits of its statements; by default those of the operator API. */
  purpose?: ConnectionPurpose;
  /**
   * The registry of connections to the same database, which share what they learn about the
   * network.
   */
  connections?: Connections;
  /**
   * Called with the error of a connection that dies while idle: without a listener it would crash
   * the process.
   */
  onError?: (error: Error) => void;
  /**
   * For connections that only look rows up by key: a query plan made for a small table, or from
   * stale statistics, would scan the whole table from then on. Named statements are planned once,
   * for any values.
   */
  byKeyOnly?: boolean;
  /** Replaces the client-side limit of the purpose. For tests. */
  silenceMs?: number;
}

const BY_KEY_ONLY =
  'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set plan_cache_mode = force_generic_plan';

/** Opens a pool; connects lazily. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { max = POOL_SIZE, purpose = 'operator', connections = new Connections(), silenceMs } = options;
  const limited: DatabaseClientConfig = {
    ...connectionConfig(url),
    purpose,
    connections,
    ...(silenceMs === undefined ? {} : { silenceMs }),
  };
  const settings = options.byKeyOnly ? BY_KEY_ONLY : '';
  const pool = new pg.Pool({
    ...limited,
    max,
    // The pool passes its whole configuration to each client that it creates.
    Client: DatabaseClient as unknown as new () => pg.ClientBase,
    onConnect: (client) => withoutCallerSignal(() => applySettings(client as DatabaseClient, settings)),
  });
  pool.on('error', (error) => options.onError?.(error));
  // A connection in use reports its death twice: by the failing query, and by an event that crashes
  // the process when it has no listener.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('acquire', (client) => setIdle(client, false));
  pool.on('release', (_error, client) => setIdle(client, true));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Lets each statement of a transaction take up to `ms` on the server, regardless of the
 * connection’s purpose.
 */
export async function allowStatements(tx: Transaction<Tables>, ms: number): Promise<void> {
  await sql`set local statement_timeout = ${sql.lit(ms)}`.execute(tx);
}

function setIdle(client: pg.ClientBase, idle: boolean): void {
  (client as unknown as DatabaseClient).idle = idle;
}
