import { typedError } from './errors.ts';
import { type Client, createClient, createConfig } from './generated/client/index.ts';
import { withRetries } from './retry.ts';

export type { ErrorCode } from './codes.ts';
export { ApiError, type FieldError, isApiError, NetworkError } from './errors.ts';
export type { Client } from './generated/client/index.ts';
export { client } from './generated/client.gen.ts';
export * from './generated/index.ts';
export { type RateLimit, type RateLimits, rateLimitsOf } from './ratelimit.ts';

/** How calls are made. */
export interface ApiFactoryOptions {
  /** Origin of the installation, for example `http://127.0.0.1:8787`. */
  baseUrl: string;
  /**
   * An API key, or the operator key. A single call takes another by `headers: { authorization:
   * 'Bearer …' }`.
   */
  key?: string | undefined;
  /** Instead of the global one. */
  fetch?: typeof fetch;
  /** How often a call is sent again, see `withRetries`; 0 turns it off. Defaults to 2. */
  retries?: number;
  /** Sent with every call. */
  headers?: Record<string, string>;
}

/**
 * A client that each function takes. Failures are thrown as `ApiError` or `NetworkError`; with
 * `throwOnError: false` a call returns them.
 *
 * @example const api = createApiFactory({ baseUrl: 'http://127.0.0.1:8787', key }); const { data }
 * = await runAction({ client: api, body: { action: 'echo', payload: { hello: 'world' } } });
 */
export const createApiFactory = (options: ApiFactoryOptions): Client => configure(createClient(createConfig()), options);

/**
 * Sets how a client makes calls. With the default `client`, which is used when a call names none:
 * `configure(client, { baseUrl })`.
 */
export function configure(client: Client, options: ApiFactoryOptions): Client {
  const { baseUrl, key, retries = 2, headers } = options;
  // Looked up at the call: a page may replace it later, and browsers refuse a `fetch` that is
  // called as somebody's method.
  const fetchOnce: typeof fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  // As a default header, a call's own credential replaces it. Without a key the one of an earlier
  // configuration goes.
  const authorization = key === undefined ? null : `Bearer ${key}`;
  client.setConfig({ baseUrl, headers: { authorization, ...headers }, fetch: withRetries(fetchOnce, retries), throwOnError: true });
  if (!client.interceptors.error.exists(typedError)) client.interceptors.error.use(typedError);
  return client;
}
