import Stripe from 'stripe';
import type { PayOutcome } from '../../controls-types.ts';
import type { SandboxOptions } from '../../sandbox.ts';
import { type TestSandbox, testSandbox } from '../../testing/sandbox.ts';

export const day = 86_400;
export const hour = 3600;

/** 2027-01-31 10:00:00 UTC: monthly periods from this day are clamped to the month's end. */
export const jan31 = Date.UTC(2027, 0, 31, 10) / 1000;

export type Shop = {
  sandbox: TestSandbox;
  stripe: Stripe;
  clock: { now(): number; seconds: number };
  monthly: Stripe.Price;
  /**
   * Checks out a price and pays for it. `subscription` is retrieved from the API; null when there
   * is none.
   */
  buy(options?: Buy): Promise<{ session: Stripe.Checkout.Session; subscription: Stripe.Subscription | null; customer: string }>;
  subscription(id: string): Promise<Stripe.Subscription>;
  eventTypes(): string[];
};

export type Buy = { price?: string; outcome?: PayOutcome; customer?: string; params?: Partial<Stripe.Checkout.SessionCreateParams> };

/** A Stripe client and an in-memory sandbox with one monthly price. Clock fixed at Jan 31. */
export async function openShop(options: Partial<SandboxOptions> = {}): Promise<Shop> {
  const clock = { seconds: jan31, now: () => clock.seconds * 1000 };
  const sandbox = await testSandbox({ clock, ...options });
  const stripe = clientOf(sandbox);
  const product = await stripe.products.create({ name: 'Pro' });
  const monthly = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 900, recurring: { interval: 'month' } });
  const subscription = (id: string) => stripe.subscriptions.retrieve(id);
  return {
    sandbox,
    stripe,
    clock,
    monthly,
    subscription,
    eventTypes: () => sandbox.controls.events().map(({ type }) => type),
    async buy({ price = monthly.id, outcome = 'pays', customer, params = {} } = {}) {
      const { id } = await stripe.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price, quantity: 1 }],
        success_url: 'http://127.0.0.1/done?session_id={CHECKOUT_SESSION_ID}',
        ...(customer ? { customer } : { customer_email: 'buyer@example.com' }),
        ...params,
      });
      const paid = sandbox.controls.pay({ sessionId: id, outcome });
      const session = await stripe.checkout.sessions.retrieve(id);
      const bought = paid.subscriptionId ? await subscription(paid.subscriptionId) : null;
      return { session, subscription: bought, customer: String(bought?.customer ?? '') };
    },
  };
}

/** A Stripe client for a sandbox, without automatic retries. */
export function clientOf(sandbox: { secretKey: string; url: string }): Stripe {
  const { hostname, port } = new URL(sandbox.url);
  return new Stripe(sandbox.secretKey, { host: hostname, port: Number(port), protocol: 'http', telemetry: false, maxNetworkRetries: 0 });
}
