import type { Subscription } from '../objects/types.ts';
import { assign, change, type Runtime } from '../runtime.ts';

export type CancelReason = 'cancellation_requested' | 'payment_failed' | 'payment_disputed';

/** Cancels the subscription now. Its open invoices stay open but are not retried. */
export function cancelNow(runtime: Runtime, subscription: Subscription, reason: CancelReason, comment: string | null = null): void {
  const now = runtime.now();
  assign(subscription, {
    status: 'canceled',
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
    cancel_at_period_end: false,
    cancellation_details: { comment, feedback: null, feedback_option: null, reason },
  });
  for (const invoice of Object.values(runtime.state.invoices)) {
    const isOwn = invoice.parent?.subscription_details.subscription === subscription.id;
    if (isOwn && (invoice.status === 'open' || invoice.status === 'draft'))
      assign(invoice, { next_payment_attempt: null, auto_advance: false });
  }
  runtime.emit('customer.subscription.deleted', subscription);
}

/** Schedules the cancellation for the end of the period, or undoes it. */
export function setCancelAtPeriodEnd(runtime: Runtime, subscription: Subscription, cancel: boolean): void {
  change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: cancelPatch(runtime, subscription, cancel) });
}

/** The fields that change when a cancellation is scheduled (true) or undone (false). */
export function cancelPatch(runtime: Runtime, subscription: Subscription, cancel: boolean): Partial<Subscription> {
  if (!cancel) return { cancel_at_period_end: false, cancel_at: null, canceled_at: null, cancellation_details: details(null) };
  return {
    cancel_at_period_end: true,
    cancel_at: periodEnd(subscription),
    canceled_at: runtime.now(),
    cancellation_details: details('cancellation_requested'),
  };
}

/** The fields that change when a cancellation is scheduled for a given time (seconds). */
export function cancelAtPatch(runtime: Runtime, at: number): Partial<Subscription> {
  return {
    cancel_at: at,
    cancel_at_period_end: false,
    canceled_at: runtime.now(),
    cancellation_details: details('cancellation_requested'),
  };
}

/** The end of the earliest current period among the items, in seconds. */
export function periodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

function details(reason: CancelReason | null): Subscription['cancellation_details'] {
  return { comment: null, feedback: null, feedback_option: null, reason };
}
