import { decliningLast4 } from '../objects/customer.ts';
import { makeCharge, makePaymentIntent } from '../objects/payment.ts';
import type { Invoice, InvoicePayment, PaymentIntent, Subscription } from '../objects/types.ts';
import { assign, type World } from '../world.ts';
import { afterFailure, afterPayment } from './settle.ts';

export type Verdict = 'pays' | 'declines' | 'needs_action';

/** Draft → open: gives the invoice its number and its payment intent. */
export function finalizeInvoice(world: World, invoice: Invoice): void {
  const now = world.now();
  const customer = world.state.customers[invoice.customer];
  const sequence = customer?.next_invoice_sequence ?? 1;
  if (customer) customer.next_invoice_sequence = sequence + 1;
  assign(invoice, {
    status: 'open',
    effective_at: now,
    number: `${customer?.invoice_prefix ?? 'SANDBOX'}-${String(sequence).padStart(4, '0')}`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  });
  world.emit('invoice.finalized', invoice);
  if (invoice.amount_due > 0) world.emit('payment_intent.created', makePaymentIntent(world, invoice, methodOf(world, invoice)));
}

/** One attempt to pay an open invoice. Without a verdict the customer's card and `failPayments` decide. Says whether it was paid. */
export function attemptPayment(world: World, invoice: Invoice, verdict?: Verdict): boolean {
  if (invoice.amount_due === 0) {
    markPaid(world, invoice);
    return true;
  }
  const card = methodOf(world, invoice);
  const outcome = verdict ?? decide(world, { customer: invoice.customer, card });
  const intent = paymentOf(world, invoice)?.intent ?? makePaymentIntent(world, invoice, null);
  intent.payment_method = card ?? intent.payment_method;
  invoice.attempted = true;
  invoice.attempt_count += 1;
  if (outcome === 'needs_action') {
    demandAction(world, { invoice, intent });
    return false;
  }
  const paid = outcome === 'pays';
  const charge = makeCharge(world, intent, { paid, email: invoice.customer_email });
  intent.latest_charge = charge.id;
  intent.next_action = null;
  if (!paid) {
    fail(world, { invoice, intent, chargeId: charge.id });
    return false;
  }
  assign(intent, { status: 'succeeded', amount_received: intent.amount, last_payment_error: null });
  world.emit('charge.succeeded', charge);
  world.emit('payment_intent.succeeded', intent);
  markPaid(world, invoice);
  return true;
}

/** Pays every open invoice of the customer, oldest first, and the drafts that an unpaid subscription left; returns the ids. */
export function payOpenInvoices(world: World, customerId: string): string[] {
  const mine = Object.values(world.state.invoices).filter(({ customer }) => customer === customerId);
  for (const invoice of mine.filter(({ status }) => status === 'draft')) {
    if (world.state.subscriptions[invoice.parent?.subscription_details.subscription ?? '']?.status === 'unpaid')
      finalizeInvoice(world, invoice);
  }
  const open = mine.filter(({ status }) => status === 'open');
  for (const invoice of open) attemptPayment(world, invoice, 'pays');
  return open.map((invoice) => invoice.id);
}

/** Marks an invoice as paid, also one that costs nothing or was paid elsewhere. */
export function markPaid(world: World, invoice: Invoice, outOfBand = false): void {
  const now = world.now();
  const payment = paymentOf(world, invoice)?.payment;
  assign(invoice, {
    status: 'paid',
    attempted: true,
    amount_paid: outOfBand ? 0 : invoice.amount_due,
    amount_remaining: 0,
    next_payment_attempt: null,
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  });
  if (payment && !outOfBand) {
    assign(payment, { status: 'paid', amount_paid: invoice.amount_due, status_transitions: { canceled_at: null, paid_at: now } });
    world.emit('invoice_payment.paid', payment);
  }
  world.emit('invoice.paid', invoice);
  if (!outOfBand) world.emit('invoice.payment_succeeded', invoice);
  afterPayment(world, invoice);
}

/** The invoice's payment and its intent; null while it is a draft or when it costs nothing. */
export function paymentOf(world: World, invoice: Invoice): { payment: InvoicePayment; intent: PaymentIntent } | null {
  const payment = Object.values(world.state.invoicePayments).findLast(({ invoice: id }) => id === invoice.id);
  const intent = payment && world.state.paymentIntents[payment.payment.payment_intent];
  return payment && intent ? { payment, intent } : null;
}

/** The card that pays: the subscription's, else the customer's default. */
export function methodOf(
  world: World,
  owner: Pick<Invoice, 'customer' | 'default_payment_method'> & Pick<Partial<Invoice>, 'parent'>,
): string | null {
  const subscription: Subscription | undefined = world.state.subscriptions[owner.parent?.subscription_details.subscription ?? ''];
  const customer = world.state.customers[owner.customer];
  const standard = customer?.invoice_settings.default_payment_method;
  return owner.default_payment_method ?? subscription?.default_payment_method ?? (typeof standard === 'string' ? standard : null);
}

/** What the customer's next payment with this card comes to; it uses up one of the failures that `failPayments` set. */
export function decide(world: World, payer: { customer: string; card: string | null }): Verdict {
  const { failures } = world.state.inner;
  const left = failures[payer.customer] ?? 0;
  if (left > 0) {
    failures[payer.customer] = left - 1;
    return 'declines';
  }
  const method = world.state.paymentMethods[payer.card ?? ''];
  return method && method.card?.last4 !== decliningLast4 ? 'pays' : 'declines';
}

function demandAction(world: World, { invoice, intent }: { invoice: Invoice; intent: PaymentIntent }): void {
  assign(intent, { status: 'requires_action', next_action: { type: 'use_stripe_sdk', use_stripe_sdk: {} } });
  world.emit('payment_intent.requires_action', intent);
  world.emit('invoice.payment_action_required', invoice);
}

function fail(world: World, { invoice, intent, chargeId }: { invoice: Invoice; intent: PaymentIntent; chargeId: string }): void {
  const message = 'Your card was declined.';
  assign(intent, {
    status: 'requires_payment_method',
    last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message, charge: chargeId },
  });
  const charge = world.state.charges[chargeId];
  if (charge) world.emit('charge.failed', charge);
  world.emit('payment_intent.payment_failed', intent);
  afterFailure(world, invoice);
}
