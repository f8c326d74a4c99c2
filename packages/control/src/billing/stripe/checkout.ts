import type Stripe from 'stripe';
import type { StripeClient } from './client.ts';
import { isMissing } from './errors.ts';

/** The parameters of a checkout session. */
export interface SessionOrder {
  priceId: string;
  planId: string;
  /** Hex; hash of the request, to compare with that of a repeated one. */
  requestHash: string;
  customerId: string | null;
  email: string | null;
  successUrl: string;
  cancelUrl: string;
}

/** Stripe's state of a checkout session. */
export interface SessionTruth {
  id: string;
  state: 'open' | 'complete' | 'expired';
  /** The payment page; null when nothing is left to pay. */
  url: string | null;
  customerId: string | null;
  subscriptionId: string | null;
  requestHash: string | null;
}

/** Creates a checkout session for one subscription. */
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

/** Whether a session was refused because its customer does not exist in Stripe. */
export function isCustomerMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return isMissing(cause) && (cause as Stripe.errors.StripeError).param === 'customer';
}

/** Creates the Stripe customer of a consumer. */
export async function createCustomer(stripe: StripeClient, consumer: { id: string; name: string; email: string | null }): Promise<string> {
  const customer = await stripe.customers.create({
    name: consumer.name,
    ...(consumer.email === null ? {} : { email: consumer.email }),
    metadata: { api_factory_consumer: consumer.id },
  });
  return customer.id;
}

/** The email address of a Stripe customer; null without one, or without such a customer. */
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

/** An unknown status does not count as paid. */
function stateOf(status: string | null): SessionTruth['state'] {
  return status === 'complete' || status === 'expired' ? status : 'open';
}

const idOf = (object: string | { id: string } | null): string | null => (typeof object === 'string' ? object : (object?.id ?? null));

/** Creates a session of Stripe's customer portal. @returns its short-lived URL */
export async function openPortal(
  stripe: StripeClient,
  { customerId, returnUrl }: { customerId: string; returnUrl: string },
): Promise<string> {
  const session = await stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl });
  return session.url;
}
