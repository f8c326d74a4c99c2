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
    handle({ world, params }) {
      const subscription = subscriptionById(world.state, required(params, 'subscription'), 'subscription');
      return page(params, '/v1/subscription_items', subscription.items.data);
    },
  },
  { method: 'GET', path: '/v1/subscription_items/:id', params: [], handle: ({ world, path }) => itemOf(world.state, path.id).item },
  {
    method: 'POST',
    path: '/v1/subscription_items',
    params: [...fields, 'subscription'],
    handle({ world, params }) {
      const subscription = subscriptionById(world.state, required(params, 'subscription'), 'subscription');
      const change = { id: null, price: required(params, 'price'), quantity: integer(params, 'quantity') ?? null, deleted: false };
      const items = changedItems(world, subscription, [change]);
      applyItems(world, { subscription, items, anchor: 'unchanged', patch: {} });
      return items.at(-1) ?? {};
    },
  },
  {
    method: 'POST',
    path: '/v1/subscription_items/:id',
    params: fields,
    handle({ world, params, path }) {
      const { subscription, item } = itemOf(world.state, path.id);
      const change = { id: item.id, price: text(params, 'price') ?? null, quantity: integer(params, 'quantity') ?? null, deleted: false };
      applyItems(world, { subscription, items: changedItems(world, subscription, [change]), anchor: 'unchanged', patch: {} });
      return itemOf(world.state, item.id).item;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/subscription_items/:id',
    params: ['clear_usage', 'proration_behavior'],
    handle({ world, path }) {
      const { subscription, item } = itemOf(world.state, path.id);
      const items = changedItems(world, subscription, [{ id: item.id, price: null, quantity: null, deleted: true }]);
      applyItems(world, { subscription, items, anchor: 'unchanged', patch: {} });
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
