import type { Invoice, Subscription } from '../objects/types.ts';
import { assign, change, type Runtime } from '../runtime.ts';
import { cancelNow } from './cancel.ts';

const day = 86_400;
/** Days between attempts: Stripe's custom retry schedule, not Smart Retries. */
const retryDays = [3, 5, 7];

/** Updates the subscription after an invoice is paid. Only the newest invoice changes it. */
export function afterPayment(runtime: Runtime, invoice: Invoice): void {
  const subscription = subscriptionOf(runtime, invoice);
  if (!subscription || subscription.latest_invoice !== invoice.id) return;
  if (subscription.status === 'paused') return resumed(runtime, subscription);
  if (['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) {
    change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { status: 'active' } });
  }
}

/** Schedules the next retry after a failed attempt; after the last, applies `afterRetries`. */
export function afterFailure(runtime: Runtime, invoice: Invoice): void {
  const subscription = subscriptionOf(runtime, invoice);
  const days = retryDays[invoice.attempt_count - 1];
  const retried = ['active', 'past_due', 'unpaid'];
  const retries = subscription !== undefined && retried.includes(subscription.status) && invoice.auto_advance === true;
  const next = retries && days !== undefined ? runtime.now() + days * day : null;
  assign(invoice, { next_payment_attempt: next });
  runtime.emit('invoice.payment_failed', invoice);
  if (!retries) return;
  if (next !== null) {
    if (subscription.status === 'unpaid') return;
    change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { status: 'past_due' } });
    return;
  }
  afterLastRetry(runtime, subscription);
}

/** Updates the subscription when its newest invoice is voided or marked uncollectible. */
export function afterGivingUp(runtime: Runtime, invoice: Invoice): void {
  const subscription = subscriptionOf(runtime, invoice);
  if (!subscription || subscription.latest_invoice !== invoice.id) return;
  if (subscription.status === 'incomplete') return expireIncomplete(runtime, subscription);
  if (subscription.status === 'past_due') {
    change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { status: 'active' } });
  }
}

/** Ends a subscription whose first payment was not made within 23 hours and voids its invoice. */
export function expireIncomplete(runtime: Runtime, subscription: Subscription): void {
  const patch = { status: 'incomplete_expired', ended_at: runtime.now() };
  change(runtime, { type: 'customer.subscription.updated', object: subscription, patch });
  const invoice = runtime.state.invoices[subscription.latest_invoice ?? ''];
  if (invoice?.status === 'open') voidInvoice(runtime, invoice);
}

/** Open → void. */
export function voidInvoice(runtime: Runtime, invoice: Invoice): void {
  assign(invoice, {
    status: 'void',
    next_payment_attempt: null,
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, voided_at: runtime.now() },
  });
  runtime.emit('invoice.voided', invoice);
  afterGivingUp(runtime, invoice);
}

/** Open → uncollectible. */
export function giveUpInvoice(runtime: Runtime, invoice: Invoice): void {
  assign(invoice, {
    status: 'uncollectible',
    next_payment_attempt: null,
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: runtime.now() },
  });
  runtime.emit('invoice.marked_uncollectible', invoice);
  afterGivingUp(runtime, invoice);
}

/** Whether scheduled steps may still change the subscription. */
export function isAlive(subscription: Subscription): boolean {
  return subscription.status !== 'canceled' && subscription.status !== 'incomplete_expired';
}

/** The subscription that the invoice bills. */
export function subscriptionOf(runtime: Runtime, invoice: Invoice): Subscription | undefined {
  return runtime.state.subscriptions[invoice.parent?.subscription_details.subscription ?? ''];
}

function afterLastRetry(runtime: Runtime, subscription: Subscription): void {
  if (runtime.state.afterRetries === 'cancel') return cancelNow(runtime, subscription, 'payment_failed');
  const status = runtime.state.afterRetries;
  change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { status } });
}

function resumed(runtime: Runtime, subscription: Subscription): void {
  const previous = assign(subscription, { status: 'active' });
  delete subscription.status_details;
  runtime.emit('customer.subscription.resumed', subscription);
  runtime.emit('customer.subscription.updated', subscription, previous);
}
