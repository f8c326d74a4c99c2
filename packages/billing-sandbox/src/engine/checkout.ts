import { invalid } from '../api/stripe-error.ts';
import { details } from '../objects/checkout-session.ts';
import { attachCard, makeCustomer } from '../objects/customer.ts';
import type { CheckoutSession, Customer, Invoice, Subscription } from '../objects/types.ts';
import { assign, type Runtime } from '../runtime.ts';
import type { Basket } from '../state.ts';
import { attemptPayment, type Verdict } from './pay-invoice.ts';
import { startSubscription } from './start-subscription.ts';

/**
 * One attempt on the pay page. A declined or unfinished attempt leaves the session open and an
 * incomplete subscription, which the next attempt pays. Throws when the session is not open.
 */
export function payCheckout(runtime: Runtime, session: CheckoutSession, input: { verdict: Verdict; email: string | null }): void {
  assertOpen(session);
  const basket = runtime.state.inner.basket[session.id];
  if (!basket) throw invalid('This checkout session has no line items.');
  const customer = customerOf(runtime, session, input.email);
  const card = needsCard(session, basket) ? attachCard(runtime, customer) : null;
  const attempt = openAttempt(runtime, session);
  if (attempt) attemptPayment(runtime, attempt.invoice, input.verdict);
  const { subscription, invoice } =
    attempt ?? startSubscription(runtime, { customer: customer.id, basket, paymentMethod: card, verdict: input.verdict });
  runtime.state.inner.attempts[session.id] = subscription.id;
  if (subscription.status === 'incomplete') return;
  complete(runtime, { session, customer, subscription, invoice });
}

/** Expires an open session without a purchase. */
export function expireSession(runtime: Runtime, session: CheckoutSession): void {
  assertOpen(session);
  assign(session, { status: 'expired', url: null });
  runtime.emit('checkout.session.expired', session);
}

function complete(
  runtime: Runtime,
  done: { session: CheckoutSession; customer: Customer; subscription: Subscription; invoice: Invoice },
): void {
  const { session, customer } = done;
  assign(session, {
    status: 'complete',
    payment_status: done.invoice.amount_due === 0 ? 'no_payment_required' : 'paid',
    customer: customer.id,
    customer_details: details(customer.email, customer.name ?? null),
    subscription: done.subscription.id,
    invoice: done.invoice.id,
    url: null,
  });
  runtime.emit('checkout.session.completed', session);
}

/** The session's customer, that of an earlier attempt, or a new one. */
function customerOf(runtime: Runtime, session: CheckoutSession, email: string | null): Customer {
  const earlier = runtime.state.subscriptions[runtime.state.inner.attempts[session.id] ?? '']?.customer;
  const known = runtime.state.customers[session.customer ?? earlier ?? ''];
  if (known) {
    if (known.email === null && email !== null) known.email = email;
    return known;
  }
  const address = session.customer_email ?? email ?? 'buyer@example.com';
  const customer = makeCustomer(runtime, { email: address, name: null, description: null, phone: null, metadata: {} });
  runtime.emit('customer.created', customer);
  return customer;
}

function openAttempt(runtime: Runtime, session: CheckoutSession): { subscription: Subscription; invoice: Invoice } | null {
  const subscription = runtime.state.subscriptions[runtime.state.inner.attempts[session.id] ?? ''];
  const invoice = runtime.state.invoices[subscription?.latest_invoice ?? ''];
  return subscription?.status === 'incomplete' && invoice ? { subscription, invoice } : null;
}

function needsCard(session: CheckoutSession, basket: Basket): boolean {
  const trial = basket.trialEnd !== null || basket.trialPeriodDays !== null;
  return !(session.payment_method_collection === 'if_required' && trial);
}

function assertOpen(session: CheckoutSession): void {
  if (session.status !== 'open') throw invalid(`This checkout session is ${session.status}; only an open one can be paid or expired.`);
}
