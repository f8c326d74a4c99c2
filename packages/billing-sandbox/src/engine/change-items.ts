import { invalid, missing } from '../api/stripe-error.ts';
import { planOf } from '../objects/product.ts';
import { makeItem } from '../objects/subscription.ts';
import type { Subscription, SubscriptionItem } from '../objects/types.ts';
import { change, type Runtime } from '../runtime.ts';
import { periodEnd } from './cancel.ts';
import { nextBoundary } from './periods.ts';
import { bill } from './renew.ts';

/** One entry of `items` in an update: changes or removes the item with this id; null adds one. */
export type ItemChange = { id: string | null; price: string | null; quantity: number | null; deleted: boolean };

export type Anchor = 'unchanged' | 'now';

/** Changes the price of the first item. Throws when the price does not exist. */
export function changePrice(runtime: Runtime, input: { subscription: Subscription; priceId: string; anchor: Anchor }): void {
  const id = input.subscription.items.data[0]?.id ?? null;
  const items = changedItems(runtime, input.subscription, [{ id, price: input.priceId, quantity: null, deleted: false }]);
  applyItems(runtime, { subscription: input.subscription, items, anchor: input.anchor, patch: {} });
}

/** The items after the changes. Throws when an item or a price does not exist. */
export function changedItems(runtime: Runtime, subscription: Subscription, changes: ItemChange[]): SubscriptionItem[] {
  let items = structuredClone(subscription.items.data);
  for (const entry of changes) {
    if (entry.id === null) {
      items.push(addItem(runtime, subscription, entry));
      continue;
    }
    const item = items.find(({ id }) => id === entry.id);
    if (!item) throw missing('subscription item', entry.id, 'items');
    if (entry.deleted) items = items.filter(({ id }) => id !== entry.id);
    if (entry.quantity !== null) item.quantity = entry.quantity;
    if (entry.price === null) continue;
    const price = priceOf(runtime, entry.price);
    item.price = structuredClone(price);
    item.plan = planOf(price);
  }
  if (items.length === 0) throw invalid('A subscription must have at least one active plan.', 'items');
  return items;
}

/**
 * Sets the items of a subscription. If the anchor is `now`, or the new prices have another
 * interval, a new period starts and is billed immediately; otherwise nothing is billed before the
 * next period (no proration).
 */
export function applyItems(
  runtime: Runtime,
  input: { subscription: Subscription; items: SubscriptionItem[]; anchor: Anchor; patch: Partial<Subscription> },
): void {
  const { subscription } = input;
  const items = { ...subscription.items, data: input.items };
  const before = subscription.items.data[0]?.price.recurring;
  const after = input.items[0]?.price.recurring ?? { interval: 'month', interval_count: 1 };
  const sameCycle = before?.interval === after.interval && before?.interval_count === after.interval_count;
  if ((input.anchor === 'unchanged' && sameCycle) || subscription.status === 'trialing') {
    change(runtime, { type: 'customer.subscription.updated', object: subscription, patch: { ...input.patch, items } });
    return;
  }
  const now = runtime.now();
  const period = { start: now, end: nextBoundary(now, after, now) };
  bill(runtime, { subscription, period, reason: 'subscription_update', patch: { ...input.patch, items, billing_cycle_anchor: now } });
}

function addItem(runtime: Runtime, subscription: Subscription, entry: ItemChange): SubscriptionItem {
  if (entry.price === null) throw invalid('You must pass an item or a price.', 'items');
  const price = priceOf(runtime, entry.price);
  const period = { start: subscription.items.data[0]?.current_period_start ?? runtime.now(), end: periodEnd(subscription) };
  return makeItem(runtime, { subscription: subscription.id, price, quantity: entry.quantity ?? 1, period });
}

function priceOf(runtime: Runtime, id: string) {
  const price = runtime.state.prices[id];
  if (!price) throw missing('price', id, 'price');
  if (!price.active) throw invalid('The price specified is inactive. This field only accepts active prices.', 'price');
  if (!price.recurring)
    throw invalid('The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.', 'price');
  return price;
}
