import type { Runtime } from '../runtime.ts';
import type { Params } from './params.ts';

/** One call of Stripe's API, after its parameters were checked. */
export type Call = {
  runtime: Runtime;
  params: Params;
  /** The parts of the path: `/v1/customers/:id` → `{ id }`. */
  path: Record<string, string>;
  /** Where the hosted pages are, such as `http://127.0.0.1:8790`. */
  pages: string;
};

/** One route of Stripe's API. `handle` answers an object or list of the state; the server copies, cuts and expands it. */
export type Route = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** The parameters that it knows, beside `expand`; nested ones as `items[].price`, free keys as `metadata.*`. */
  params: readonly string[];
  handle: (call: Call) => object;
};
