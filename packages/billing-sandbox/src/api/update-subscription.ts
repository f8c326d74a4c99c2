import { cancelAtPatch, cancelPatch, periodEnd } from '../engine/cancel.ts';
import { applyItems, changedItems, type ItemChange } from '../engine/change-items.ts';
import { isAlive } from '../engine/settle.ts';
import type { Subscription } from '../objects/types.ts';
import { change, type Runtime } from '../runtime.ts';
import { entries, flag, integer, metadata, type Params, required, text } from './params.ts';
import type { Call } from './route.ts';
import { invalid } from './stripe-error.ts';
import { subscriptionById } from './subscription-by-id.ts';

/** Accepted parameters. */
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

/** `POST /v1/subscriptions/:id`. Emits one event for all changes. */
export function updateSubscription({ runtime, params, path }: Call): Subscription {
  const subscription = subscriptionById(runtime.state, path.id);
  if (!isAlive(subscription)) throw invalid('A canceled subscription can only update its cancellation_details and metadata.');
  const patch = patchOf(runtime, { params, subscription });
  const changes = entries(params, 'items')?.map(itemChange);
  const anchor = text(params, 'billing_cycle_anchor.type') === 'now' ? 'now' : 'unchanged';
  if (changes || anchor === 'now') {
    applyItems(runtime, { subscription, items: changedItems(runtime, subscription, changes ?? []), anchor, patch });
  } else {
    change(runtime, { type: 'customer.subscription.updated', object: subscription, patch });
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

function patchOf(runtime: Runtime, { params, subscription }: { params: Params; subscription: Subscription }): Partial<Subscription> {
  const description = text(params, 'description');
  const method = text(params, 'default_payment_method');
  return {
    metadata: metadata(params, 'metadata', subscription.metadata),
    ...(description === undefined ? {} : { description }),
    ...(method === undefined ? {} : { default_payment_method: method }),
    ...pausePatch(params),
    ...trialPatch(runtime, { params, subscription }),
    ...endPatch(runtime, { params, subscription }),
  };
}

function pausePatch(params: Params): Partial<Subscription> {
  if (params.pause_collection === undefined) return {};
  if (params.pause_collection === '') return { pause_collection: null };
  const behavior = required(params, 'pause_collection.behavior');
  return { pause_collection: { behavior, resumes_at: integer(params, 'pause_collection.resumes_at') ?? null } };
}

/**
 * Ending or moving a trial moves the billing anchor. A trial that ends now is billed the next time
 * due work runs.
 */
function trialPatch(runtime: Runtime, { params, subscription }: { params: Params; subscription: Subscription }): Partial<Subscription> {
  const value = text(params, 'trial_end');
  if (!value) return {};
  const end = value === 'now' ? runtime.now() : (integer(params, 'trial_end') ?? runtime.now());
  if (end < runtime.now()) throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', 'trial_end');
  if (value === 'now' && subscription.status !== 'trialing') return {};
  const items = structuredClone(subscription.items);
  for (const item of items.data) item.current_period_end = end;
  return {
    status: 'trialing',
    trial_start: subscription.trial_start ?? runtime.now(),
    trial_end: end,
    billing_cycle_anchor: end,
    items,
  };
}

function endPatch(runtime: Runtime, { params, subscription }: { params: Params; subscription: Subscription }): Partial<Subscription> {
  const atPeriodEnd = flag(params, 'cancel_at_period_end');
  if (atPeriodEnd === true) return cancelPatch(runtime, subscription, true);
  const at = text(params, 'cancel_at');
  if (at === null || (atPeriodEnd === false && at === undefined && subscription.cancel_at_period_end)) {
    return cancelPatch(runtime, subscription, false);
  }
  if (at === undefined) return {};
  if (at === 'min_period_end' || at === 'max_period_end') return cancelAtPatch(runtime, periodEnd(subscription));
  const moment = integer(params, 'cancel_at') ?? 0;
  if (moment <= runtime.now()) throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', 'cancel_at');
  return cancelAtPatch(runtime, moment);
}
