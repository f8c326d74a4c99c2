import Stripe from 'stripe';
import { type RawReply, rawRequest } from './raw-request.ts';
import type { TestSandbox } from './sandbox.ts';

export const SUCCESS = 'http://localhost:8787/checkout/done?session_id={CHECKOUT_SESSION_ID}';
export const CANCEL = 'http://localhost:8787/checkout';

export type Visitor = ReturnType<typeof visitorOf>;

/** A seller's Stripe client, and a buyer's browser that opens the sandbox's pages and forms. */
export function visitorOf(sandbox: TestSandbox) {
  const { hostname, port } = new URL(sandbox.url);
  const stripe = new Stripe(sandbox.secretKey, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });

  async function aPrice(given: { name?: string; amount?: number } = {}): Promise<string> {
    const product = await stripe.products.create({ name: given.name ?? 'Pro' });
    const price = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: given.amount ?? 4900,
      recurring: { interval: 'month' },
    });
    return price.id;
  }

  async function aSession(given: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<{ id: string; path: string }> {
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: await aPrice(), quantity: 1 }],
      success_url: SUCCESS,
      cancel_url: CANCEL,
      ...given,
    });
    return { id: session.id, path: new URL(session.url ?? '').pathname };
  }

  function open(path: string, cookie = ''): Promise<RawReply> {
    return rawRequest(`${sandbox.url}${path}`, { headers: cookie === '' ? {} : { cookie } });
  }

  /** Submits a page's form as a browser does under no-referrer. */
  function send(path: string, fields: Record<string, string>, cookie = ''): Promise<RawReply> {
    return rawRequest(`${sandbox.url}${path}`, {
      method: 'POST',
      headers: {
        origin: 'null',
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        ...(cookie === '' ? {} : { cookie }),
      },
      body: new URLSearchParams(fields).toString(),
    });
  }

  const statusOf = async (id: string) => (await stripe.checkout.sessions.retrieve(id)).status;

  async function signedIn(): Promise<string> {
    return (await send('/sign-in', { token: sandbox.token })).headers['set-cookie']?.split(';')[0] ?? '';
  }

  return { stripe, aPrice, aSession, open, send, statusOf, signedIn };
}
