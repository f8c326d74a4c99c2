import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** Own schema, never `public`: Supabase exposes `public` through its REST API. */
export const SCHEMA = 'api_factory';

const types = new pg.TypeOverrides();
// Counters stay far below 2^53, so a bigint is read as a number.
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Connection settings that every connection of the product shares. `url` is a Postgres connection string. */
export function connectionConfig(url: string, settings = ''): pg.ClientConfig {
  const { connectionString, options } = takeOptions(url);
  return {
    connectionString,
    types,
    application_name: 'api-factory',
    options:
      `${options} -c search_path=${SCHEMA} -c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s ${settings}`.trim(),
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  };
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

const BY_KEY_ONLY = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';

/** Opens a pool; connects lazily. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({ ...connectionConfig(url, options.byKeyOnly ? BY_KEY_ONLY : ''), max: options.max ?? 10 });
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

/** The driver lets `?options=` of the string replace ours, and with them the search path; so the two are joined, ours last. */
function takeOptions(url: string): { connectionString: string; options: string } {
  if (!/[?&]options=/.test(url) || !URL.canParse(url)) return { connectionString: url, options: '' };
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options };
}
