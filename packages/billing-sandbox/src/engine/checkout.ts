import { invalid } from '../api/stripe-error.ts';
import { details } from '../objects/checkout-session.ts';
import { attachCard, makeCustomer } from '../objects/customer.ts';
import type { CheckoutSession, Customer, Invoice, Subscription } from '../objects/types.ts';
import type { Basket } from '../state.ts';
import { assign, type World } from '../world.ts';
import { attemptPayment, type Verdict } from './pay-invoice.ts';
import { startSubscription } from './start-subscription.ts';

/**
 * One attempt on the pay page. A declined or unfinished attempt leaves the session open and an incomplete subscription, which the
 * next attempt pays. Throws when the session is not open.
 */
export function payCheckout(world: World, session: CheckoutSession, input: { verdict: Verdict; email: string | null }): void {
  assertOpen(session);
  const basket = world.state.inner.basket[session.id];
  if (!basket) throw invalid('This checkout session has no line items.');
  const customer = customerOf(world, session, input.email);
  const card = needsCard(session, basket) ? attachCard(world, customer) : null;
  const attempt = openAttempt(world, session);
  if (attempt) attemptPayment(world, attempt.invoice, input.verdict);
  const { subscription, invoice } =
    attempt ?? startSubscription(world, { customer: customer.id, basket, paymentMethod: card, verdict: input.verdict });
  world.state.inner.attempts[session.id] = subscription.id;
  if (subscription.status === 'incomplete') return;
  complete(world, { session, customer, subscription, invoice });
}

/** Ends an open session without a purchase. */
export function expireSession(world: World, session: CheckoutSession): void {
  assertOpen(session);
  assign(session, { status: 'expired', url: null });
  world.emit('checkout.session.expired', session);
}

function complete(
  world: World,
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
  world.emit('checkout.session.completed', session);
}

/** The customer of the session: the given one, that of an earlier attempt, or a new one. */
function customerOf(world: World, session: CheckoutSession, email: string | null): Customer {
  const earlier = world.state.subscriptions[world.state.inner.attempts[session.id] ?? '']?.customer;
  const known = world.state.customers[session.customer ?? earlier ?? ''];
  if (known) {
    if (known.email === null && email !== null) known.email = email;
    return known;
  }
  const address = session.customer_email ?? email ?? 'buyer@example.com';
  const customer = makeCustomer(world, { email: address, name: null, description: null, phone: null, metadata: {} });
  world.emit('customer.created', customer);
  return customer;
}

function openAttempt(world: World, session: CheckoutSession): { subscription: Subscription; invoice: Invoice } | null {
  const subscription = world.state.subscriptions[world.state.inner.attempts[session.id] ?? ''];
  const invoice = world.state.invoices[subscription?.latest_invoice ?? ''];
  return subscription?.status === 'incomplete' && invoice ? { subscription, invoice } : null;
}

function needsCard(session: CheckoutSession, basket: Basket): boolean {
  const trial = basket.trialEnd !== null || basket.trialPeriodDays !== null;
  return !(session.payment_method_collection === 'if_required' && trial);
}

function assertOpen(session: CheckoutSession): void {
  if (session.status !== 'open') throw invalid(`This checkout session is ${session.status}; only an open one can be paid or expired.`);
}
