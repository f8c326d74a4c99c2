import Stripe from 'stripe';

/** Stripe's own client. Only files of this folder import the package. */
export type StripeClient = Stripe;

export interface StripeOptions {
  /** `sk_test_…`, `sk_live_…`, or a restricted key. */
  secretKey: string;
  /** Origin to talk to instead of Stripe; never together with a live key. */
  apiBase: string | null;
}

/** The version that the package's types describe: pinned here and checked on webhooks. */
export const API_VERSION = Stripe.API_VERSION;

const TIMEOUT_MS = 20_000;

/** A client that repeats a failed request twice, with an idempotency key of its own. */
export function createStripeClient({ secretKey, apiBase }: StripeOptions): StripeClient {
  const base = apiBase === null ? {} : placeOf(new URL(apiBase));
  return new Stripe(secretKey, { ...base, telemetry: false, maxNetworkRetries: 2, timeout: TIMEOUT_MS, appInfo: { name: 'api-factory' } });
}

const placeOf = ({ protocol, hostname, port }: URL) => ({
  host: hostname,
  port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  protocol: protocol === 'https:' ? ('https' as const) : ('http' as const),
});
