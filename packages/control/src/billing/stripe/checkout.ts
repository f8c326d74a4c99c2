import type Stripe from 'stripe';
import type { StripeClient } from './client.ts';
import { isMissing } from './errors.ts';

/** What is asked of Stripe's pay page. */
export interface SessionOrder {
  priceId: string;
  planId: string;
  /** Hex; what the buyer asked for, so that a repeated request can be compared with it. */
  requestHash: string;
  customerId: string | null;
  email: string | null;
  successUrl: string;
  cancelUrl: string;
}

/** What Stripe says of a session. */
export interface SessionTruth {
  id: string;
  state: 'open' | 'complete' | 'expired';
  /** The pay page; null when nothing is to be paid any more. */
  url: string | null;
  customerId: string | null;
  subscriptionId: string | null;
  requestHash: string | null;
}

/** Begins a checkout of one subscription. */
export async function createSession(stripe: StripeClient, order: SessionOrder): Promise<SessionTruth> {
  const metadata = { api_factory_plan: order.planId, api_factory_request: order.requestHash };
  const payer = order.customerId !== null ? { customer: order.customerId } : order.email !== null ? { customer_email: order.email } : {};
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: order.priceId, quantity: 1 }],
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
    metadata,
    subscription_data: { metadata: { api_factory_plan: order.planId } },
    ...payer,
  });
  return toTruth(session);
}

export const retrieveSession = async (stripe: StripeClient, id: string): Promise<SessionTruth> =>
  toTruth(await stripe.checkout.sessions.retrieve(id));

/** Whether a session was refused because Stripe has not, or no more, the customer that it was for. */
export function isCustomerMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return isMissing(cause) && (cause as Stripe.errors.StripeError).param === 'customer';
}

/** Makes the Stripe customer that stands for a consumer. */
export async function createCustomer(stripe: StripeClient, consumer: { id: string; name: string; email: string | null }): Promise<string> {
  const customer = await stripe.customers.create({
    name: consumer.name,
    ...(consumer.email === null ? {} : { email: consumer.email }),
    metadata: { api_factory_consumer: consumer.id },
  });
  return customer.id;
}

/** The e-mail address that Stripe has of a customer; null when it has none, or no such customer. */
export async function customerEmail(stripe: StripeClient, id: string): Promise<string | null> {
  try {
    const customer = await stripe.customers.retrieve(id);
    return customer.deleted === true ? null : customer.email;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function toTruth(session: Stripe.Checkout.Session): SessionTruth {
  return {
    id: session.id,
    state: stateOf(session.status),
    url: session.url,
    customerId: idOf(session.customer),
    subscriptionId: idOf(session.subscription),
    requestHash: session.metadata?.api_factory_request ?? null,
  };
}

/** A word that nobody knows here is no payment. */
function stateOf(status: string | null): SessionTruth['state'] {
  return status === 'complete' || status === 'expired' ? status : 'open';
}

const idOf = (object: string | { id: string } | null): string | null => (typeof object === 'string' ? object : (object?.id ?? null));

/** Opens Stripe's customer portal. @returns its address, good for some minutes */
export async function openPortal(
  stripe: StripeClient,
  { customerId, returnUrl }: { customerId: string; returnUrl: string },
): Promise<string> {
  const session = await stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl });
  return session.url;
}
