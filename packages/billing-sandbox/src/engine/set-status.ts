import type { Subscription } from '../objects/types.ts';
import { assign, type Runtime } from '../runtime.ts';

/** Sets any status, even an unknown one, and emits Stripe's events for it. */
export function setStatus(runtime: Runtime, subscription: Subscription, input: { status: string; pausedReason: string | null }): void {
  const { status } = input;
  const ended = status === 'canceled' || status === 'incomplete_expired';
  const now = runtime.now();
  const previous = assign(subscription, { status, ended_at: ended ? now : null, ...(status === 'canceled' ? { canceled_at: now } : {}) });
  delete subscription.status_details;
  if (status === 'paused' && input.pausedReason) {
    subscription.status_details = pausedDetails(now, input.pausedReason);
  }
  if (status === 'canceled') {
    runtime.emit('customer.subscription.deleted', subscription);
    return;
  }
  if (status === 'paused') runtime.emit('customer.subscription.paused', subscription);
  runtime.emit('customer.subscription.updated', subscription, previous);
}

function pausedDetails(now: number, reason: string): NonNullable<Subscription['status_details']> {
  return { paused: { subscription: { type: reason }, transitioned_at: now, type: 'subscription' } };
}
