import { applyItems, changedItems } from '../engine/change-items.ts';
import type { Subscription, SubscriptionItem } from '../objects/types.ts';
import type { State } from '../state.ts';
import { page, pageParams } from './page.ts';
import { integer, required, text } from './params.ts';
import type { Route } from './route.ts';
import { missing } from './stripe-error.ts';
import { subscriptionById } from './subscription-by-id.ts';

const fields = ['price', 'quantity', 'proration_behavior', 'payment_behavior'] as const;

/** `/v1/subscription_items`. */
export const subscriptionItemRoutes: Route[] = [
  {
    method: 'GET',
    path: '/v1/subscription_items',
    params: [...pageParams, 'subscription'],
    handle({ runtime, params }) {
      const subscription = subscriptionById(runtime.state, required(params, 'subscription'), 'subscription');
      return page(params, '/v1/subscription_items', subscription.items.data);
    },
  },
  { method: 'GET', path: '/v1/subscription_items/:id', params: [], handle: ({ runtime, path }) => itemOf(runtime.state, path.id).item },
  {
    method: 'POST',
    path: '/v1/subscription_items',
    params: [...fields, 'subscription'],
    handle({ runtime, params }) {
      const subscription = subscriptionById(runtime.state, required(params, 'subscription'), 'subscription');
      const change = { id: null, price: required(params, 'price'), quantity: integer(params, 'quantity') ?? null, deleted: false };
      const items = changedItems(runtime, subscription, [change]);
      applyItems(runtime, { subscription, items, anchor: 'unchanged', patch: {} });
      return items.at(-1) ?? {};
    },
  },
  {
    method: 'POST',
    path: '/v1/subscription_items/:id',
    params: fields,
    handle({ runtime, params, path }) {
      const { subscription, item } = itemOf(runtime.state, path.id);
      const change = { id: item.id, price: text(params, 'price') ?? null, quantity: integer(params, 'quantity') ?? null, deleted: false };
      applyItems(runtime, { subscription, items: changedItems(runtime, subscription, [change]), anchor: 'unchanged', patch: {} });
      return itemOf(runtime.state, item.id).item;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/subscription_items/:id',
    params: ['clear_usage', 'proration_behavior'],
    handle({ runtime, path }) {
      const { subscription, item } = itemOf(runtime.state, path.id);
      const items = changedItems(runtime, subscription, [{ id: item.id, price: null, quantity: null, deleted: true }]);
      applyItems(runtime, { subscription, items, anchor: 'unchanged', patch: {} });
      return { id: item.id, object: 'subscription_item', deleted: true };
    },
  },
];

function itemOf(state: State, id: string | undefined): { subscription: Subscription; item: SubscriptionItem } {
  for (const subscription of Object.values(state.subscriptions)) {
    const item = subscription.items.data.find((entry) => entry.id === id);
    if (item) return { subscription, item };
  }
  throw missing('subscription item', id ?? '');
}
