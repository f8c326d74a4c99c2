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

/** How soon a peer that vanished is noticed; Node then asks ten times, a second apart. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** How every connection of the product is made. `url` is a Postgres connection string. Behind a log-in comes `applySettings`. */
export const connectionConfig = (url: string): pg.ClientConfig => ({
  connectionString: url,
  types,
  application_name: 'api-factory',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
});

/** A call must not wait longer for a row that another one holds. */
export const LOCK_TIMEOUT = '10s';

/**
 * A transaction whose client has been silent for so long has lost it, for no transaction of ours waits for anything but the database. Its locks
 * must not outlive that: calls and revocations wait for them.
 */
const IDLE_IN_TRANSACTION = '5s';

/**
 * Makes the session ours. By statements, not by the startup parameter `options`: poolers refuse that one or drop it without a word, and
 * without the search path tables would be made in `public`. `options` of the connection string come first, so these win.
 */
async function applySettings(client: DatabaseClient, more = ''): Promise<void> {
  await client.query(
    `set search_path = ${SCHEMA}; set timezone = 'UTC'; set lock_timeout = '${LOCK_TIMEOUT}'; ` +
      `set statement_timeout = ${STATEMENT_MS[client.config.purpose]}; set idle_in_transaction_session_timeout = '${IDLE_IN_TRANSACTION}'; ` +
      `set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; ` +
      `set application_name = ${client.escapeLiteral(client.sessionName)}; ${more}`,
  );
  client.named = true;
  await client.config.connections.endGivenUp(client);
}

/**
 * A connection of one's own, logged in and with the product's settings. `migration` is the purpose without a limit; its session's name begins
 * with `name`.
 * @throws the driver's error, with nothing left open
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

/** Connections of a pool, unless it is told otherwise. */
export const POOL_SIZE = 10;

export interface DatabaseOptions {
  max?: number;
  /** How long its statements may take; the operator API's unless said otherwise. */
  purpose?: ConnectionPurpose;
  /** Those that are open to the same database: what one finds out about the way there holds for all. */
  connections?: Connections;
  /** Called with the error of a connection that dies while idle: without a listener it would end the process. */
  onError?: (error: Error) => void;
  /**
   * For connections that only look rows up by key: a plan made while a table was small, or its statistics stale, would scan
   * it whole ever after. Named statements are planned once, for any values.
   */
  byKeyOnly?: boolean;
  /** In place of the limit of the purpose, on our side. For tests. */
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
    // The pool hands its whole configuration to each client that it makes.
    Client: DatabaseClient as unknown as new () => pg.ClientBase,
    onConnect: (client) => withoutCallerSignal(() => applySettings(client as DatabaseClient, settings)),
  });
  pool.on('error', (error) => options.onError?.(error));
  // A connection in use tells its death twice: by the query that fails, and by an event that ends the process when nobody listens.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('acquire', (client) => rest(client, false));
  pool.on('release', (_error, client) => rest(client, true));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** Lets each statement of a transaction take up to `ms` on the server, whatever its connection is for. */
export async function allowStatements(tx: Transaction<Tables>, ms: number): Promise<void> {
  await sql`set local statement_timeout = ${sql.lit(ms)}`.execute(tx);
}

function rest(client: pg.ClientBase, idle: boolean): void {
  (client as unknown as DatabaseClient).idle = idle;
}
