import { makeInvoice } from '../objects/invoice.ts';
import type { Invoice, Subscription } from '../objects/types.ts';
import { assign, change, type Runtime } from '../runtime.ts';
import { cancelNow, periodEnd } from './cancel.ts';
import { attemptPayment, finalizeInvoice, methodOf } from './pay-invoice.ts';
import { nextBoundary } from './periods.ts';
import { giveUpInvoice, voidInvoice } from './settle.ts';

/** Starts and bills the next period at the end of a period or trial. */
export function renew(runtime: Runtime, subscription: Subscription): void {
  if (subscription.status === 'trialing' && stopsAtTrialEnd(runtime, subscription)) return;
  const start = periodEnd(subscription);
  const cycle = subscription.items.data[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const period = { start, end: nextBoundary(subscription.billing_cycle_anchor, cycle, start) };
  bill(runtime, {
    subscription,
    period,
    reason: 'subscription_cycle',
    patch: subscription.status === 'trialing' ? { status: 'active' } : {},
  });
}

export type Billing = {
  subscription: Subscription;
  /** The period to start and bill, in seconds. */
  period: { start: number; end: number };
  reason: 'subscription_cycle' | 'subscription_update';
  /** Other fields that change at the same time. */
  patch: Partial<Subscription>;
};

/**
 * Starts a period and bills it. The invoices of an unpaid subscription stay drafts; with
 * `pause_collection` its behavior applies.
 */
export function bill(runtime: Runtime, { subscription, period, reason, patch }: Billing): void {
  const invoice = makeInvoice(runtime, { subscription: withItems(subscription, patch), reason, period, free: false });
  const items = structuredClone(patch.items ?? subscription.items);
  for (const item of items.data) assign(item, { current_period_start: period.start, current_period_end: period.end });
  runtime.emit('invoice.created', invoice);
  change(runtime, {
    type: 'customer.subscription.updated',
    object: subscription,
    patch: { ...patch, items, latest_invoice: invoice.id },
  });
  collect(runtime, { subscription, invoice });
}

function collect(runtime: Runtime, { subscription, invoice }: { subscription: Subscription; invoice: Invoice }): void {
  const paused = subscription.pause_collection?.behavior;
  if (subscription.status === 'unpaid' || paused === 'keep_as_draft') {
    assign(invoice, { auto_advance: false });
    return;
  }
  finalizeInvoice(runtime, invoice);
  if (paused === 'void') return voidInvoice(runtime, invoice);
  if (paused === 'mark_uncollectible') return giveUpInvoice(runtime, invoice);
  attemptPayment(runtime, invoice);
}

/** Cancels or pauses a trial that ends without a card if it says so. Returns whether it did. */
function stopsAtTrialEnd(runtime: Runtime, subscription: Subscription): boolean {
  const behavior = subscription.trial_settings?.end_behavior.missing_payment_method;
  if (methodOf(runtime, subscription) !== null || behavior === 'create_invoice') return false;
  if (behavior === 'cancel') {
    cancelNow(runtime, subscription, 'payment_failed');
    return true;
  }
  const previous = assign(subscription, { status: 'paused' });
  runtime.emit('customer.subscription.paused', subscription);
  runtime.emit('customer.subscription.updated', subscription, previous);
  return true;
}

function withItems(subscription: Subscription, patch: Partial<Subscription>): Subscription {
  return patch.items ? { ...subscription, items: patch.items } : subscription;
}
