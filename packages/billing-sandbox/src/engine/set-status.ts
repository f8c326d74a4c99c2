import type { Subscription } from '../objects/types.ts';
import { assign, type World } from '../world.ts';

/** Sets any status, also one that Stripe does not have yet, and tells of it as Stripe would. */
export function setStatus(world: World, subscription: Subscription, input: { status: string; pausedReason: string | null }): void {
  const { status } = input;
  const ended = status === 'canceled' || status === 'incomplete_expired';
  const now = world.now();
  const previous = assign(subscription, { status, ended_at: ended ? now : null, ...(status === 'canceled' ? { canceled_at: now } : {}) });
  delete subscription.status_details;
  if (status === 'paused' && input.pausedReason) {
    subscription.status_details = pausedDetails(now, input.pausedReason);
  }
  if (status === 'canceled') {
    world.emit('customer.subscription.deleted', subscription);
    return;
  }
  if (status === 'paused') world.emit('customer.subscription.paused', subscription);
  world.emit('customer.subscription.updated', subscription, previous);
}

function pausedDetails(now: number, reason: string): NonNullable<Subscription['status_details']> {
  return { paused: { subscription: { type: reason }, transitioned_at: now, type: 'subscription' } };
}
