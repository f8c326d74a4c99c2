import { invalid } from '../api/stripe-error.ts';
import type { Subscription } from '../objects/types.ts';
import { assign, type Runtime } from '../runtime.ts';
import { periodEnd } from './cancel.ts';
import type { Anchor } from './change-items.ts';
import { nextBoundary } from './periods.ts';
import { bill } from './renew.ts';

/** Pauses a subscription: nothing is billed until it is resumed. */
export function pauseNow(runtime: Runtime, subscription: Subscription): void {
  if (!['active', 'trialing', 'past_due'].includes(subscription.status))
    throw invalid(`A subscription with status ${subscription.status} cannot be paused.`);
  const previous = assign(subscription, { status: 'paused' });
  runtime.emit('customer.subscription.paused', subscription);
  runtime.emit('customer.subscription.updated', subscription, previous);
}

/**
 * Resumes a paused subscription. If the period has ended or the anchor moves, a new period is
 * billed, and the subscription stays paused until it is paid.
 */
export function resumeNow(runtime: Runtime, subscription: Subscription, anchor: Anchor): void {
  if (subscription.status !== 'paused') throw invalid('Only a paused subscription can be resumed.');
  const now = runtime.now();
  if (anchor === 'unchanged' && periodEnd(subscription) > now) {
    const previous = assign(subscription, { status: 'active' });
    delete subscription.status_details;
    runtime.emit('customer.subscription.resumed', subscription);
    runtime.emit('customer.subscription.updated', subscription, previous);
    return;
  }
  const cycle = subscription.items.data[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const from = anchor === 'now' ? now : subscription.billing_cycle_anchor;
  bill(runtime, {
    subscription,
    period: { start: now, end: nextBoundary(from, cycle, now) },
    reason: 'subscription_update',
    patch: anchor === 'now' ? { billing_cycle_anchor: now } : {},
  });
}
