import { cancelNow, periodEnd } from '../engine/cancel.ts';
import { pauseNow, resumeNow } from '../engine/pause.ts';
import { isAlive } from '../engine/settle.ts';
import type { Subscription } from '../objects/types.ts';
import type { State } from '../state.ts';
import { createSubscription, createSubscriptionParams } from './create-subscription.ts';
import { createdParams, inRange, isAsked, newestFirst, page, pageParams } from './page.ts';
import { type Params, text } from './params.ts';
import type { Route } from './route.ts';
import { missing } from './stripe-error.ts';
import { subscriptionById } from './subscription-by-id.ts';
import { updateSubscription, updateSubscriptionParams } from './update-subscription.ts';

/** `/v1/subscriptions`. */
export const subscriptionRoutes: Route[] = [
  { method: 'POST', path: '/v1/subscriptions', params: createSubscriptionParams, handle: createSubscription },
  {
    method: 'GET',
    path: '/v1/subscriptions',
    params: [...pageParams, ...createdParams, 'customer', 'price', 'status', 'collection_method', 'test_clock', ...periodParams()],
    handle({ runtime, params }) {
      const keep = (subscription: Subscription) => isListed(runtime.state, { params, subscription });
      return page(params, '/v1/subscriptions', newestFirst(params, runtime.state.subscriptions, keep));
    },
  },
  { method: 'GET', path: '/v1/subscriptions/:id', params: [], handle: ({ runtime, path }) => subscriptionById(runtime.state, path.id) },
  { method: 'POST', path: '/v1/subscriptions/:id', params: updateSubscriptionParams, handle: updateSubscription },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:id',
    params: ['invoice_now', 'prorate', 'cancellation_details.comment', 'cancellation_details.feedback'],
    handle({ runtime, params, path }) {
      const subscription = subscriptionById(runtime.state, path.id);
      if (!isAlive(subscription)) throw missing('subscription', subscription.id);
      cancelNow(runtime, subscription, 'cancellation_requested', text(params, 'cancellation_details.comment') ?? null);
      return subscription;
    },
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/pause',
    params: ['type'],
    handle({ runtime, path }) {
      const subscription = subscriptionById(runtime.state, path.id);
      pauseNow(runtime, subscription);
      return subscription;
    },
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/resume',
    params: ['billing_cycle_anchor.type', 'proration_behavior', 'payment_behavior'],
    handle({ runtime, params, path }) {
      const subscription = subscriptionById(runtime.state, path.id);
      resumeNow(runtime, subscription, text(params, 'billing_cycle_anchor.type') === 'unchanged' ? 'unchanged' : 'now');
      return subscription;
    },
  },
];

/**
 * Without a `status` filter, every subscription but the canceled ones is listed, as at Stripe.
 * Those of a deleted customer are never listed.
 */
function isListed(state: State, { params, subscription }: { params: Params; subscription: Subscription }): boolean {
  if (!state.customers[subscription.customer]) return false;
  const price = text(params, 'price');
  return (
    hasStatus(text(params, 'status') ?? null, subscription) &&
    isAsked(params, 'customer', subscription.customer) &&
    isAsked(params, 'collection_method', subscription.collection_method) &&
    (!price || subscription.items.data.some((item) => item.price.id === price)) &&
    inRange(params, 'current_period_end', periodEnd(subscription)) &&
    inRange(params, 'current_period_start', subscription.items.data[0]?.current_period_start ?? 0)
  );
}

function hasStatus(filter: string | null, { status }: Subscription): boolean {
  if (filter === 'all') return true;
  if (filter === 'ended') return status === 'canceled' || status === 'incomplete_expired';
  return filter === null ? status !== 'canceled' : status === filter;
}

function periodParams(): string[] {
  return ['current_period_end', 'current_period_start'].flatMap((name) => [name, `${name}.gt`, `${name}.gte`, `${name}.lt`, `${name}.lte`]);
}
