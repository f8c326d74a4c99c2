import type { Runtime } from '../runtime.ts';
import type { Params } from './params.ts';

/** A request to Stripe's API with validated parameters. */
export type Call = {
  runtime: Runtime;
  params: Params;
  /** Path parameters: `/v1/customers/:id` → `{ id }`. */
  path: Record<string, string>;
  /** Base URL of the hosted pages, such as `http://127.0.0.1:8790`. */
  pages: string;
};

/**
 * A route of Stripe's API. `handle` returns an object or list of the state; the server copies,
 * truncates and expands it.
 */
export type Route = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /**
   * Accepted parameters, besides `expand`; nested ones as `items[].price`, free keys as
   * `metadata.*`.
   */
  params: readonly string[];
  handle: (call: Call) => object;
};
