import { type TestSandbox, testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import type { Answer } from './api.ts';
import { aProduct, movableClock, type TestProduct } from './product.ts';

/** A checkout as one browser sees it. */
export interface Buyer {
  sessionId: string;
  url: string;
  /** The cookie that the checkout set, as `Cookie` carries it. */
  cookie: string;
}

/** What a buyer has after paying and claiming. */
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
  /** Begins a checkout like a browser without history. */
  checkout: (plan?: string, headers?: Record<string, string>) => Promise<Buyer>;
  /** What the success page asks while it waits. */
  checkoutState: (buyer: Buyer) => Promise<string>;
  claim: (buyer: Pick<Buyer, 'sessionId' | 'cookie'>) => Promise<Answer>;
  /** Checkout, payment, claim. */
  buy: (plan?: string) => Promise<Purchase>;
  /** Waits until every event that was sent is settled here. */
  settled: () => Promise<void>;
  /** The operator's view of one subscription. */
  subscription: (
    id: string,
  ) => Promise<{ id: string; status: string; access: string; entitlementId: string | null; graceUntil: string | null }>;
}

/** The product with billing on: plans pushed, the sandbox in Stripe's place, real webhooks over HTTP, one clock for both. */
export async function aSellingProduct(env: Record<string, string> = {}): Promise<SellingProduct> {
  const clock = movableClock();
  const sandbox = await testSandbox({ clock });
  const product = await aProduct(
    {
      BILLING: 'stripe',
      STRIPE_SECRET_KEY: sandbox.secretKey,
      STRIPE_WEBHOOK_SECRET: sandbox.webhookSecret,
      STRIPE_API_BASE: sandbox.url,
      ...env,
    },
    clock,
  );
  sandbox.deliverTo(`${product.address}/api/stripe/webhook`);
  await product.admin('POST', '/billing/push', {});
  const seller = sellerOf(product, sandbox);
  return {
    ...product,
    ...seller,
    sandbox,
    stop: async () => {
      await product.stop();
      await sandbox.close();
    },
  };
}

function sellerOf(product: TestProduct, sandbox: TestSandbox) {
  const { request, admin } = product;

  const checkout: SellingProduct['checkout'] = async (plan = 'starter', headers = {}) => {
    const answer = await request('POST', '/api/billing/checkout', { headers, body: { plan } });
    if (answer.status !== 201) throw new Error(`the checkout was refused: ${JSON.stringify(answer.body)}`);
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
    return { sessionId: answer.body.data.sessionId, url: answer.body.data.url, cookie };
  };

  const checkoutState: SellingProduct['checkoutState'] = async ({ sessionId, cookie }) =>
    (await request('GET', `/api/billing/checkout?session_id=${sessionId}`, { headers: { cookie } })).body.data?.state;

  const claim: SellingProduct['claim'] = ({ sessionId, cookie }) =>
    request('POST', '/api/billing/claim', { headers: { cookie }, body: { sessionId } });

  const settled = async () => {
    await sandbox.idle();
    await until(async () => (await admin('GET', '/billing')).body.data.inbox.pending === 0);
  };

  const buy: SellingProduct['buy'] = async (plan) => {
    const buyer = await checkout(plan);
    await sandbox.controls.pay({ sessionId: buyer.sessionId, outcome: 'pays', email: 'buyer@example.com' });
    await until(async () => (await checkoutState(buyer)) === 'ready');
    const { data } = (await claim(buyer)).body;
    const key = (await admin('GET', `/keys/${data.id}`)).body.data;
    const { data: subscriptions } = (await admin('GET', `/billing/subscriptions?consumer=${key.consumerId}`)).body;
    const mine = subscriptions.find((one: { entitlementId: string }) => one.entitlementId === key.entitlementId);
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

  return { checkout, checkoutState, claim, buy, settled, subscription };
}

/** Asks again until it is so; the test's own time limit ends it. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
