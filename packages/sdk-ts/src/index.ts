import { typedError } from './errors.ts';
import { type Client, createClient, createConfig } from './generated/client/index.ts';
import { withRetries } from './retry.ts';

export type { ErrorCode } from './codes.ts';
export { ApiError, type FieldError, isApiError, NetworkError } from './errors.ts';
export type { Client } from './generated/client/index.ts';
export { client } from './generated/client.gen.ts';
export * from './generated/index.ts';
export { type RateLimit, type RateLimits, rateLimitsOf } from './ratelimit.ts';

/** Options of a client. */
export interface ApiFactoryOptions {
  /** Origin of the installation, for example `http://127.0.0.1:8787`. */
  baseUrl: string;
  /**
   * An API key, or the operator key. To use another one for a single call, pass `headers: {
   * authorization: 'Bearer …' }`.
   */
  key?: string | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
  /** Maximum number of retries of a call, see `withRetries`; 0 turns them off. Defaults to 2. */
  retries?: number;
  /** Headers to send with every call. */
  headers?: Record<string, string>;
}

/**
 * Creates a client to pass to the functions. Failures are thrown as `ApiError` or `NetworkError`;
 * with `throwOnError: false` a call returns them.
 *
 * @example
 * ```ts
 * const api = createApiFactory({ baseUrl: 'http://127.0.0.1:8787', key });
 * const { data } = await ping({ client: api });
 * ```
 */
export const createApiFactory = (options: ApiFactoryOptions): Client => configure(createClient(createConfig()), options);

/**
 * Configures an existing client, for example the default `client` of calls without one:
 * `configure(client, { baseUrl })`.
 */
export function configure(client: Client, options: ApiFactoryOptions): Client {
  const { baseUrl, key, retries = 2, headers } = options;
  // Looked up on each call, because a page may replace it later, and called on `globalThis`,
  // because browsers refuse a `fetch` called as a method of another object.
  const fetchOnce: typeof fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  // A default header, so that a call's own credential replaces it. null removes the key of an
  // earlier configuration.
  const authorization = key === undefined ? null : `Bearer ${key}`;
  client.setConfig({ baseUrl, headers: { authorization, ...headers }, fetch: withRetries(fetchOnce, retries), throwOnError: true });
  if (!client.interceptors.error.exists(typedError)) client.interceptors.error.use(typedError);
  return client;
}
