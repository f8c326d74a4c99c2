import { cancelAtPatch, cancelPatch, periodEnd } from '../engine/cancel.ts';
import { applyItems, changedItems, type ItemChange } from '../engine/change-items.ts';
import { isAlive } from '../engine/settle.ts';
import type { Subscription } from '../objects/types.ts';
import { change, type World } from '../world.ts';
import { entries, flag, integer, metadata, type Params, required, text } from './params.ts';
import type { Call } from './route.ts';
import { invalid } from './stripe-error.ts';
import { subscriptionById } from './subscription-by-id.ts';

/** What updating a subscription knows. */
export const updateSubscriptionParams = [
  'items[].id',
  'items[].price',
  'items[].quantity',
  'items[].deleted',
  'cancel_at_period_end',
  'cancel_at',
  'cancellation_details.comment',
  'cancellation_details.feedback',
  'trial_end',
  'billing_cycle_anchor.type',
  'proration_behavior',
  'payment_behavior',
  'default_payment_method',
  'description',
  'metadata.*',
  'pause_collection.behavior',
  'pause_collection.resumes_at',
] as const;

/** `POST /v1/subscriptions/:id`. One event tells of all that changed. */
export function updateSubscription({ world, params, path }: Call): Subscription {
  const subscription = subscriptionById(world.state, path.id);
  if (!isAlive(subscription)) throw invalid('A canceled subscription can only update its cancellation_details and metadata.');
  const patch = patchOf(world, { params, subscription });
  const changes = entries(params, 'items')?.map(itemChange);
  const anchor = text(params, 'billing_cycle_anchor.type') === 'now' ? 'now' : 'unchanged';
  if (changes || anchor === 'now') {
    applyItems(world, { subscription, items: changedItems(world, subscription, changes ?? []), anchor, patch });
  } else {
    change(world, { type: 'customer.subscription.updated', object: subscription, patch });
  }
  return subscription;
}

function itemChange(entry: Params): ItemChange {
  return {
    id: text(entry, 'id') ?? null,
    price: text(entry, 'price') ?? null,
    quantity: integer(entry, 'quantity') ?? null,
    deleted: flag(entry, 'deleted') ?? false,
  };
}

function patchOf(world: World, { params, subscription }: { params: Params; subscription: Subscription }): Partial<Subscription> {
  const description = text(params, 'description');
  const method = text(params, 'default_payment_method');
  return {
    metadata: metadata(params, 'metadata', subscription.metadata),
    ...(description === undefined ? {} : { description }),
    ...(method === undefined ? {} : { default_payment_method: method }),
    ...pausePatch(params),
    ...trialPatch(world, { params, subscription }),
    ...endPatch(world, { params, subscription }),
  };
}

function pausePatch(params: Params): Partial<Subscription> {
  if (params.pause_collection === undefined) return {};
  if (params.pause_collection === '') return { pause_collection: null };
  const behavior = required(params, 'pause_collection.behavior');
  return { pause_collection: { behavior, resumes_at: integer(params, 'pause_collection.resumes_at') ?? null } };
}

/** A trial that is ended or moved takes the billing anchor with it; one that ends now is billed at the next look at the clock. */
function trialPatch(world: World, { params, subscription }: { params: Params; subscription: Subscription }): Partial<Subscription> {
  const value = text(params, 'trial_end');
  if (!value) return {};
  const end = value === 'now' ? world.now() : (integer(params, 'trial_end') ?? world.now());
  if (end < world.now()) throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', 'trial_end');
  if (value === 'now' && subscription.status !== 'trialing') return {};
  const items = structuredClone(subscription.items);
  for (const item of items.data) item.current_period_end = end;
  return {
    status: 'trialing',
    trial_start: subscription.trial_start ?? world.now(),
    trial_end: end,
    billing_cycle_anchor: end,
    items,
  };
}

function endPatch(world: World, { params, subscription }: { params: Params; subscription: Subscription }): Partial<Subscription> {
  const atPeriodEnd = flag(params, 'cancel_at_period_end');
  if (atPeriodEnd === true) return cancelPatch(world, subscription, true);
  const at = text(params, 'cancel_at');
  if (at === null || (atPeriodEnd === false && at === undefined && subscription.cancel_at_period_end)) {
    return cancelPatch(world, subscription, false);
  }
  if (at === undefined) return {};
  if (at === 'min_period_end' || at === 'max_period_end') return cancelAtPatch(world, periodEnd(subscription));
  const moment = integer(params, 'cancel_at') ?? 0;
  if (moment <= world.now()) throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', 'cancel_at');
  return cancelAtPatch(world, moment);
}
