import { type TestSandbox, testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import { sql } from 'kysely';
import Stripe from 'stripe';
import { type Answer, type Api, expectStatus, type PlanLimits, planLimits } from './api.ts';
import { aProduct, type MovableClock, movableClock, type TestProduct } from './product.ts';

/** A checkout as seen by one browser. */
export interface Buyer {
  sessionId: string;
  url: string;
  /** The cookie of the checkout, as a `Cookie` header. */
  cookie: string;
}

/** A paid and claimed checkout. */
export interface Purchase extends Buyer {
  key: string;
  keyId: string;
  entitlementId: string;
  consumerId: string;
  customerId: string;
  subscriptionId: string;
}

export interface SellingProduct extends TestProduct {
  sandbox: TestSandbox;
  /** A Stripe client for the sandbox account. */
  stripe: Stripe;
  /** Creates a plan with a monthly price and pushes it. Returns its id. */
  sell: (terms?: PlanLimits) => Promise<string>;
  /** Starts a checkout in a new browser. */
  checkout: (plan?: string, headers?: Record<string, string>) => Promise<Buyer>;
  /** Opens the portal with a key and `BUYER_EMAIL`. */
  portal: (key: string) => Promise<Answer>;
  /** The state that the success page polls. */
  checkoutState: (buyer: Buyer) => Promise<string>;
  claim: (buyer: Pick<Buyer, 'sessionId' | 'cookie'>) => Promise<Answer>;
  /** Checks out, pays and claims the key. */
  buy: (plan?: string, headers?: Record<string, string>) => Promise<Purchase>;
  /** The status and error code of a call with the key. */
  verdict: (key: string) => Promise<string>;
  /** The consumer's view of their key. */
  own: (key: string) => Promise<Answer>;
  /** Advances to two hours after the next renewal, which fails, as do all later payments. */
  failRenewal: (purchase: Purchase) => Promise<void>;
  /** Advances Stripe's time and waits for the effects. */
  advance: (seconds: number) => Promise<void>;
  /** Pays the consumer's open invoices. */
  payOpen: (purchase: Purchase) => Promise<void>;
  /** Waits until every sent event is settled. */
  settled: () => Promise<void>;
  /** The operator's view of one subscription. */
  subscription: (id: string) => Promise<SubscriptionSeen>;
}

export interface SubscriptionSeen {
  id: string;
  status: string;
  access: string;
  plan: string | null;
  entitlementId: string | null;
  graceUntil: string | null;
  currentPeriodEnd: string | null;
}

/** The email address used for every purchase. */
export const BUYER_EMAIL = 'buyer@example.com';
export const HOUR = 3_600;
export const DAY = 24 * HOUR;
/** Longer than any month, shorter than two. */
export const OVER_A_MONTH = 32 * DAY;

/** The environment of a product that uses the sandbox as Stripe. */
export const billingOf = ({ secretKey, webhookSecret, url }: TestSandbox) => ({
  BILLING: 'stripe',
  STRIPE_SECRET_KEY: secretKey,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_API_BASE: url,
});

/**
 * The product with the sandbox for billing: plans are pushed, webhooks are sent over HTTP, and both
 * share a clock unless the sandbox gets its own.
 */
export async function aSellingProduct(env: Record<string, string> = {}, sandboxClock?: MovableClock): Promise<SellingProduct> {
  const clock = movableClock();
  const sandbox = await testSandbox({ clock: sandboxClock ?? clock });
  const product = await aProduct({ ...billingOf(sandbox), ...env }, clock);
  sandbox.deliverTo(`${product.address}/api/stripe/webhook`);
  await expectStatus(product.admin('POST', '/billing/push', {}), 200);
  const seller = sellerOf(product, sandbox);
  return {
    ...product,
    ...seller,
    ...timeControls(product, sandbox, seller.subscription),
    sandbox,
    stripe: stripeAt(sandbox),
    stop: async () => {
      await product.stop();
      await sandbox.close();
    },
  };
}

/** Actions of buyers, consumers and the operator on a product that uses this sandbox. */
export function sellerOf({ request, admin, call }: Api, sandbox: TestSandbox) {
  const checkout: SellingProduct['checkout'] = async (plan = 'starter', headers = {}) => {
    const response = await request('POST', '/api/billing/checkout', { headers, body: { plan, email: BUYER_EMAIL } });
    if (response.status !== 201) throw new Error(`the checkout failed: ${JSON.stringify(response.body)}`);
    const cookie = (response.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
    return { sessionId: response.body.data.sessionId, url: response.body.data.url, cookie };
  };

  const checkoutState: SellingProduct['checkoutState'] = async ({ sessionId, cookie }) =>
    (await request('GET', `/api/billing/checkout?session_id=${sessionId}`, { headers: { cookie } })).body.data?.state;

  const claim: SellingProduct['claim'] = ({ sessionId, cookie }) =>
    request('POST', '/api/billing/claim', { headers: { cookie }, body: { sessionId } });

  const portal: SellingProduct['portal'] = (key) =>
    request('POST', '/api/billing/portal', { headers: { authorization: `Bearer ${key}` }, body: { email: BUYER_EMAIL } });

  const sell: SellingProduct['sell'] = async (terms = {}) => {
    const id = `sold-${++sold}`;
    const price = { amountCents: 1_000 + sold, currency: 'usd', interval: 'month' };
    await expectStatus(admin('POST', '/plans', { id, name: id, ...planLimits(terms), price }), 201);
    await expectStatus(admin('POST', '/billing/push', {}), 200);
    return id;
  };

  const buy: SellingProduct['buy'] = async (plan, headers) => {
    const buyer = await checkout(plan, headers);
    const { subscriptionId } = sandbox.controls.pay({ sessionId: buyer.sessionId, outcome: 'pays', email: BUYER_EMAIL });
    // The claim queries Stripe; it doesn't wait for a webhook.
    const { data } = (await expectStatus(claim(buyer), 201)).body;
    const key = (await admin('GET', `/keys/${data.id}`)).body.data;
    const { data: subscriptions } = (await admin('GET', `/billing/subscriptions?consumer=${key.consumerId}`)).body;
    const mine = subscriptions.find((one: { id: string }) => one.id === subscriptionId);
    return {
      ...buyer,
      key: data.key,
      keyId: data.id,
      entitlementId: key.entitlementId,
      consumerId: key.consumerId,
      customerId: mine.customerId,
      subscriptionId: mine.id,
    };
  };

  const subscription: SellingProduct['subscription'] = async (id) =>
    (await admin('GET', '/billing/subscriptions?limit=1000')).body.data.find((one: { id: string }) => one.id === id);

  const verdict: SellingProduct['verdict'] = async (key) => {
    const { status, body } = await call(key);
    return status === 200 ? '200' : `${status} ${body.code}`;
  };
  const own: SellingProduct['own'] = (key) => request('GET', '/api/admin/keys/me', { headers: { authorization: `Bearer ${key}` } });

  return { checkout, checkoutState, claim, portal, sell, buy, subscription, verdict, own };
}

let sold = 0;

function timeControls({ product, clock }: TestProduct, sandbox: TestSandbox, subscription: SellingProduct['subscription']) {
  const settled = async () => {
    await sandbox.idle();
    await until(async () => (await openWork(product.db, new Date(clock.now()))) === 0);
    await product.gateway.snapshot.refresh();
  };
  const advance: SellingProduct['advance'] = async (seconds) => {
    sandbox.controls.advance({ seconds });
    await settled();
  };
  const failRenewal: SellingProduct['failRenewal'] = async ({ customerId, subscriptionId }) => {
    const { currentPeriodEnd } = await subscription(subscriptionId);
    sandbox.controls.failPayments({ customerId, times: 99 });
    await advance(secondsOf(currentPeriodEnd) - sandbox.controls.advance({ seconds: 0 }).now + 2 * HOUR);
  };
  const payOpen: SellingProduct['payOpen'] = async ({ customerId }) => {
    sandbox.controls.failPayments({ customerId, times: 0 });
    sandbox.controls.payOpenInvoices({ customerId });
    await settled();
  };
  return { settled, advance, failRenewal, payOpen };
}

/** Counts pending events, and customers due for a sync or being synced. */
async function openWork(db: TestProduct['product']['db'], at: Date): Promise<number> {
  const { rows } = await sql<{ open: string }>`
    select (select count(*) from stripe_events where state = 'pending')
      + (select count(*) from stripe_customers where wanted_at <= ${at} or lease_until > ${at}) as open`.execute(db);
  return Number(rows[0]?.open);
}

/** Epoch seconds of a time that must not be null. */
export const secondsOf = (time: string | null): number => Math.round(Date.parse(time as string) / 1_000);

/** A Stripe client like the product's. */
export function stripeAt({ url, secretKey }: Pick<TestSandbox, 'url' | 'secretKey'>): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(secretKey, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
}

/** Polls until the condition is true, or the test times out. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
