import type { Runtime } from '../runtime.ts';
import type { Metadata, Plan, Price, Product, Recurring } from './types.ts';

export type ProductFields = {
  id: string | null;
  name: string;
  description: string | null;
  active: boolean;
  metadata: Metadata;
};

/** Creates a product. The caller checks that a given id is unused and emits `product.created`. */
export function makeProduct(runtime: Runtime, fields: ProductFields): Product {
  const now = runtime.now();
  const product: Product = {
    id: fields.id ?? runtime.id('prod_'),
    object: 'product',
    active: fields.active,
    created: now,
    default_price: null,
    description: fields.description,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: fields.metadata,
    name: fields.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
  };
  runtime.state.products[product.id] = product;
  return product;
}

export type PriceFields = {
  product: string;
  currency: string;
  unitAmount: number;
  recurring: { interval: Recurring['interval']; intervalCount: number; trialPeriodDays: number | null } | null;
  lookupKey: string | null;
  nickname: string | null;
  active: boolean;
  metadata: Metadata;
};

/** Creates a price. The caller claims the lookup key and emits `price.created`. */
export function makePrice(runtime: Runtime, fields: PriceFields): Price {
  const { recurring } = fields;
  const price: Price = {
    id: runtime.id('price_'),
    object: 'price',
    active: fields.active,
    billing_scheme: 'per_unit',
    created: runtime.now(),
    currency: fields.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: fields.lookupKey,
    metadata: fields.metadata,
    nickname: fields.nickname,
    product: fields.product,
    recurring: recurring && {
      interval: recurring.interval,
      interval_count: recurring.intervalCount,
      meter: null,
      trial_period_days: recurring.trialPeriodDays,
      usage_type: 'licensed',
    },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: fields.unitAmount,
    unit_amount_decimal: String(fields.unitAmount),
  };
  runtime.state.prices[price.id] = price;
  return price;
}

/** The legacy `plan` that a subscription item still has next to its price. */
export function planOf(price: Price): Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: { ...price.metadata },
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: price.recurring?.trial_period_days ?? null,
    usage_type: 'licensed',
  };
}
