import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** Own schema, never `public`: Supabase exposes `public` through its REST API. */
export const SCHEMA = 'api_factory';

const types = new pg.TypeOverrides();
// Counters stay far below 2^53, so a bigint is read as a number.
types.setTypeParser(pg.types.builtins.INT8, Number);

/** How every connection of the product is made. `url` is a Postgres connection string. Behind a log-in comes `applySettings`. */
export const connectionConfig = (url: string): pg.ClientConfig => ({
  connectionString: url,
  types,
  application_name: 'api-factory',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
});

/** A call must not wait longer for a row that another one holds. */
export const LOCK_TIMEOUT = '10s';

/**
 * Makes the session ours. By statements, not by the startup parameter `options`: poolers refuse that one or drop it without a word, and
 * without the search path tables would be made in `public`. `options` of the connection string come first, so these win.
 */
export async function applySettings(client: Pick<pg.ClientBase, 'query'>, more = ''): Promise<void> {
  await client.query(
    `set search_path = ${SCHEMA}; set timezone = 'UTC'; set lock_timeout = '${LOCK_TIMEOUT}'; set idle_in_transaction_session_timeout = '60s'; ${more}`,
  );
}

/** A connection of one's own, logged in and with the product's settings. @throws the driver's error, with nothing left open */
export async function connectAlone(url: string): Promise<pg.Client> {
  const client = new pg.Client(connectionConfig(url));
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

export interface DatabaseOptions {
  max?: number;
  /** Hears of connections that die while idle: without a listener they would end the process. */
  onError?: (error: Error) => void;
  /**
   * For connections that only look rows up by key: a plan made while a table was small, or its statistics stale, would scan
   * it whole ever after.
   */
  byKeyOnly?: boolean;
}

const BY_KEY_ONLY = 'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off';

/** Opens a pool; connects lazily. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({
    ...connectionConfig(url),
    max: options.max ?? 10,
    onConnect: (client) => applySettings(client, options.byKeyOnly ? BY_KEY_ONLY : ''),
  });
  pool.on('error', (error) => options.onError?.(error));
  // A connection in use tells its death twice: by the query that fails, and by an event that ends the process when nobody listens.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('connect', prepareNamed);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

const NAME = /^\s*-- name: (\w+)\n/;

/**
 * Lets a statement that begins with `-- name: x` be planned once per connection instead of at every call. Kysely can't name
 * a statement; the driver can.
 */
function prepareNamed(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const named = (text: unknown, values?: unknown, ...rest: unknown[]): unknown => {
    const name = typeof text === 'string' ? NAME.exec(text)?.[1] : undefined;
    return name === undefined ? query(text, values, ...rest) : query({ name, text, values }, ...rest);
  };
  client.query = named as typeof client.query;
}
