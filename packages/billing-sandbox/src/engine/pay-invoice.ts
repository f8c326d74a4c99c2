import { decliningLast4 } from '../objects/customer.ts';
import { makeCharge, makePaymentIntent } from '../objects/payment.ts';
import type { Invoice, InvoicePayment, PaymentIntent, Subscription } from '../objects/types.ts';
import { assign, type Runtime } from '../runtime.ts';
import { afterFailure, afterPayment } from './settle.ts';

export type Verdict = 'pays' | 'declines' | 'needs_action';

/** Draft → open: assigns the number and creates the payment intent. */
export function finalizeInvoice(runtime: Runtime, invoice: Invoice): void {
  const now = runtime.now();
  const customer = runtime.state.customers[invoice.customer];
  const sequence = customer?.next_invoice_sequence ?? 1;
  if (customer) customer.next_invoice_sequence = sequence + 1;
  assign(invoice, {
    status: 'open',
    effective_at: now,
    number: `${customer?.invoice_prefix ?? 'SANDBOX'}-${String(sequence).padStart(4, '0')}`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  });
  runtime.emit('invoice.finalized', invoice);
  if (invoice.amount_due > 0) runtime.emit('payment_intent.created', makePaymentIntent(runtime, invoice, methodOf(runtime, invoice)));
}

/**
 * One attempt to pay an open invoice. By default the customer's card and `failPayments` decide.
 * Returns whether it was paid.
 */
export function attemptPayment(runtime: Runtime, invoice: Invoice, verdict?: Verdict): boolean {
  if (invoice.amount_due === 0) {
    markPaid(runtime, invoice);
    return true;
  }
  const card = methodOf(runtime, invoice);
  const outcome = verdict ?? decide(runtime, { customer: invoice.customer, card });
  const intent = paymentOf(runtime, invoice)?.intent ?? makePaymentIntent(runtime, invoice, null);
  intent.payment_method = card ?? intent.payment_method;
  invoice.attempted = true;
  invoice.attempt_count += 1;
  if (outcome === 'needs_action') {
    demandAction(runtime, { invoice, intent });
    return false;
  }
  const paid = outcome === 'pays';
  const charge = makeCharge(runtime, intent, { paid, email: invoice.customer_email });
  intent.latest_charge = charge.id;
  intent.next_action = null;
  if (!paid) {
    fail(runtime, { invoice, intent, chargeId: charge.id });
    return false;
  }
  assign(intent, { status: 'succeeded', amount_received: intent.amount, last_payment_error: null });
  runtime.emit('charge.succeeded', charge);
  runtime.emit('payment_intent.succeeded', intent);
  markPaid(runtime, invoice);
  return true;
}

/**
 * Pays every open invoice of the customer, oldest first, and the drafts of an unpaid subscription.
 * Returns their ids.
 */
export function payOpenInvoices(runtime: Runtime, customerId: string): string[] {
  const invoices = Object.values(runtime.state.invoices).filter(({ customer }) => customer === customerId);
  for (const invoice of invoices.filter(({ status }) => status === 'draft')) {
    if (runtime.state.subscriptions[invoice.parent?.subscription_details.subscription ?? '']?.status === 'unpaid')
      finalizeInvoice(runtime, invoice);
  }
  const open = invoices.filter(({ status }) => status === 'open');
  for (const invoice of open) attemptPayment(runtime, invoice, 'pays');
  return open.map((invoice) => invoice.id);
}

/** Marks an invoice as paid, including one that costs nothing or was paid out of band. */
export function markPaid(runtime: Runtime, invoice: Invoice, outOfBand = false): void {
  const now = runtime.now();
  const payment = paymentOf(runtime, invoice)?.payment;
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
    runtime.emit('invoice_payment.paid', payment);
  }
  runtime.emit('invoice.paid', invoice);
  if (!outOfBand) runtime.emit('invoice.payment_succeeded', invoice);
  afterPayment(runtime, invoice);
}

/** The invoice's payment and its intent; null while it is a draft or when it costs nothing. */
export function paymentOf(runtime: Runtime, invoice: Invoice): { payment: InvoicePayment; intent: PaymentIntent } | null {
  const payment = Object.values(runtime.state.invoicePayments).findLast(({ invoice: id }) => id === invoice.id);
  const intent = payment && runtime.state.paymentIntents[payment.payment.payment_intent];
  return payment && intent ? { payment, intent } : null;
}

/** The card that pays: the subscription's, else the customer's default. */
export function methodOf(
  runtime: Runtime,
  owner: Pick<Invoice, 'customer' | 'default_payment_method'> & Pick<Partial<Invoice>, 'parent'>,
): string | null {
  const subscription: Subscription | undefined = runtime.state.subscriptions[owner.parent?.subscription_details.subscription ?? ''];
  const customer = runtime.state.customers[owner.customer];
  const customerDefault = customer?.invoice_settings.default_payment_method;
  return (
    owner.default_payment_method ?? subscription?.default_payment_method ?? (typeof customerDefault === 'string' ? customerDefault : null)
  );
}

/**
 * The outcome of the customer's next payment with this card. Consumes one failure of
 * `failPayments`.
 */
export function decide(runtime: Runtime, payer: { customer: string; card: string | null }): Verdict {
  const { failures } = runtime.state.inner;
  const left = failures[payer.customer] ?? 0;
  if (left > 0) {
    failures[payer.customer] = left - 1;
    return 'declines';
  }
  const method = runtime.state.paymentMethods[payer.card ?? ''];
  return method && method.card?.last4 !== decliningLast4 ? 'pays' : 'declines';
}

function demandAction(runtime: Runtime, { invoice, intent }: { invoice: Invoice; intent: PaymentIntent }): void {
  assign(intent, { status: 'requires_action', next_action: { type: 'use_stripe_sdk', use_stripe_sdk: {} } });
  runtime.emit('payment_intent.requires_action', intent);
  runtime.emit('invoice.payment_action_required', invoice);
}

function fail(runtime: Runtime, { invoice, intent, chargeId }: { invoice: Invoice; intent: PaymentIntent; chargeId: string }): void {
  const message = 'Your card was declined.';
  assign(intent, {
    status: 'requires_payment_method',
    last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message, charge: chargeId },
  });
  const charge = runtime.state.charges[chargeId];
  if (charge) runtime.emit('charge.failed', charge);
  runtime.emit('payment_intent.payment_failed', intent);
  afterFailure(runtime, invoice);
}
