import { clockId } from '../api-version.ts';
import type { Runtime } from '../runtime.ts';
import type { Basket } from '../state.ts';
import { planOf } from './product.ts';
import type { Price, Subscription, SubscriptionItem } from './types.ts';

export type SubscriptionFields = {
  customer: string;
  basket: Basket;
  status: string;
  anchor: number;
  period: { start: number; end: number };
  trial: { start: number; end: number } | null;
  paymentMethod: string | null;
};

/** Creates a subscription with its items. The caller emits `customer.subscription.created`. */
export function makeSubscription(runtime: Runtime, fields: SubscriptionFields): Subscription {
  const id = runtime.id('sub_');
  const now = runtime.now();
  const subscription: Subscription = {
    ...empty,
    id,
    billing_cycle_anchor: fields.anchor,
    created: now,
    currency: runtime.state.prices[fields.basket.lines[0]?.price ?? '']?.currency ?? 'usd',
    customer: fields.customer,
    default_payment_method: fields.paymentMethod,
    description: fields.basket.description,
    items: { object: 'list', data: [], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    metadata: fields.basket.metadata,
    start_date: now,
    status: fields.status,
    test_clock: clockId,
    trial_end: fields.trial?.end ?? null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: fields.basket.missingPaymentMethod } },
    trial_start: fields.trial?.start ?? null,
  };
  for (const line of fields.basket.lines) {
    const price = runtime.state.prices[line.price];
    if (price) subscription.items.data.push(makeItem(runtime, { subscription: id, price, quantity: line.quantity, period: fields.period }));
  }
  runtime.state.subscriptions[id] = subscription;
  return subscription;
}

/** Creates an item of a subscription for the given period (seconds). */
export function makeItem(
  runtime: Runtime,
  item: { subscription: string; price: Price; quantity: number; period: { start: number; end: number } },
): SubscriptionItem {
  return {
    id: runtime.id('si_'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: runtime.now(),
    current_period_end: item.period.end,
    current_period_start: item.period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(item.price),
    price: structuredClone(item.price),
    quantity: item.quantity,
    subscription: item.subscription,
    tax_rates: [],
  };
}

const empty = {
  object: 'subscription',
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_mode: { flexible: null, type: 'classic' },
  billing_schedules: [] as never[],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  collection_method: 'charge_automatically',
  customer_account: null,
  days_until_due: null,
  default_source: null,
  discounts: [] as string[],
  ended_at: null,
  invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
  latest_invoice: null,
  livemode: false,
  managed_payments: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  transfer_data: null,
} satisfies Partial<Subscription>;
