import type { Invoice, Subscription } from '../objects/types.ts';
import { assign, change, type World } from '../world.ts';
import { cancelNow } from './cancel.ts';

const day = 86_400;
/** Days from one attempt to the next: the fixed schedule that Stripe offers beside its learned one. */
const retryDays = [3, 5, 7];

/** What an invoice's payment does to its subscription: the newest invoice decides, older ones change nothing. */
export function afterPayment(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  if (!subscription || subscription.latest_invoice !== invoice.id) return;
  if (subscription.status === 'paused') return resumed(world, subscription);
  if (['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) {
    change(world, { type: 'customer.subscription.updated', object: subscription, patch: { status: 'active' } });
  }
}

/** What a failed attempt does: the next retry, or, after the last one, what the account's setting says. */
export function afterFailure(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  const days = retryDays[invoice.attempt_count - 1];
  const collected = ['active', 'past_due', 'unpaid'];
  const retries = subscription !== undefined && collected.includes(subscription.status) && invoice.auto_advance === true;
  const next = retries && days !== undefined ? world.now() + days * day : null;
  assign(invoice, { next_payment_attempt: next });
  world.emit('invoice.payment_failed', invoice);
  if (!retries) return;
  if (next !== null) {
    if (subscription.status === 'unpaid') return;
    change(world, { type: 'customer.subscription.updated', object: subscription, patch: { status: 'past_due' } });
    return;
  }
  afterLastRetry(world, subscription);
}

/** What becomes of the subscription when its newest invoice is voided or given up. */
export function afterGivingUp(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  if (!subscription || subscription.latest_invoice !== invoice.id) return;
  if (subscription.status === 'incomplete') return expireIncomplete(world, subscription);
  if (subscription.status === 'past_due') {
    change(world, { type: 'customer.subscription.updated', object: subscription, patch: { status: 'active' } });
  }
}

/** The first payment was not made within 23 hours: the subscription ends, its invoice is void. */
export function expireIncomplete(world: World, subscription: Subscription): void {
  const patch = { status: 'incomplete_expired', ended_at: world.now() };
  change(world, { type: 'customer.subscription.updated', object: subscription, patch });
  const invoice = world.state.invoices[subscription.latest_invoice ?? ''];
  if (invoice?.status === 'open') voidInvoice(world, invoice);
}

/** Open → void. */
export function voidInvoice(world: World, invoice: Invoice): void {
  assign(invoice, {
    status: 'void',
    next_payment_attempt: null,
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, voided_at: world.now() },
  });
  world.emit('invoice.voided', invoice);
  afterGivingUp(world, invoice);
}

/** Open → uncollectible. */
export function giveUpInvoice(world: World, invoice: Invoice): void {
  assign(invoice, {
    status: 'uncollectible',
    next_payment_attempt: null,
    auto_advance: false,
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: world.now() },
  });
  world.emit('invoice.marked_uncollectible', invoice);
  afterGivingUp(world, invoice);
}

/** Whether the subscription may still change by itself. */
export function isAlive(subscription: Subscription): boolean {
  return subscription.status !== 'canceled' && subscription.status !== 'incomplete_expired';
}

/** The subscription that the invoice bills. */
export function subscriptionOf(world: World, invoice: Invoice): Subscription | undefined {
  return world.state.subscriptions[invoice.parent?.subscription_details.subscription ?? ''];
}

function afterLastRetry(world: World, subscription: Subscription): void {
  if (world.state.afterRetries === 'cancel') return cancelNow(world, subscription, 'payment_failed');
  const status = world.state.afterRetries;
  change(world, { type: 'customer.subscription.updated', object: subscription, patch: { status } });
}

function resumed(world: World, subscription: Subscription): void {
  const previous = assign(subscription, { status: 'active' });
  delete subscription.status_details;
  world.emit('customer.subscription.resumed', subscription);
  world.emit('customer.subscription.updated', subscription, previous);
}
