import { makePrice, makeProduct } from '../objects/product.ts';
import type { Price } from '../objects/types.ts';
import { assign, change, type Runtime } from '../runtime.ts';
import type { State } from '../state.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { flag, integer, metadata, type Params, required, text, texts } from './params.ts';
import { productOf } from './products.ts';
import type { Route } from './route.ts';
import { invalid, missing } from './stripe-error.ts';

const fields = ['active', 'nickname', 'lookup_key', 'transfer_lookup_key', 'metadata.*'] as const;

/**
 * `/v1/prices`: fixed prices, one-time or recurring. No tiers, metered usage or multiple
 * currencies.
 */
export const priceRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/prices',
    params: [
      ...fields,
      'currency',
      'unit_amount',
      'product',
      'product_data.name',
      'product_data.id',
      'product_data.metadata.*',
      'recurring.interval',
      'recurring.interval_count',
      'recurring.trial_period_days',
      'recurring.usage_type',
    ],
    handle: ({ runtime, params }) => createPrice(runtime, params),
  },
  {
    method: 'GET',
    path: '/v1/prices',
    params: [...pageParams, ...createdParams, 'active', 'currency', 'product', 'type', 'lookup_keys', 'recurring.interval'],
    handle({ runtime, params }) {
      const keys = texts(params, 'lookup_keys');
      if (keys && keys.length > 10) throw invalid('You may only specify up to 10 lookup_keys.', 'lookup_keys');
      const keep = (price: Price) =>
        isAsked(params, 'active', price.active) &&
        isAsked(params, 'currency', price.currency) &&
        isAsked(params, 'product', price.product) &&
        isAsked(params, 'type', price.type) &&
        isAsked(params, 'recurring.interval', price.recurring?.interval ?? null) &&
        (keys === undefined || (price.lookup_key !== null && keys.includes(price.lookup_key)));
      return page(params, '/v1/prices', newestFirst(params, runtime.state.prices, keep));
    },
  },
  { method: 'GET', path: '/v1/prices/:id', params: [], handle: ({ runtime, path }) => priceOf(runtime.state, path.id) },
  {
    method: 'POST',
    path: '/v1/prices/:id',
    params: fields,
    handle({ runtime, params, path }) {
      const price = priceOf(runtime.state, path.id);
      const active = flag(params, 'active');
      const nickname = text(params, 'nickname');
      const lookupKey = text(params, 'lookup_key');
      if (lookupKey) claimLookupKey(runtime, { key: lookupKey, transfer: flag(params, 'transfer_lookup_key') ?? false, by: price.id });
      change(runtime, {
        type: 'price.updated',
        object: price,
        patch: {
          metadata: metadata(params, 'metadata', price.metadata),
          ...(active === undefined ? {} : { active }),
          ...(nickname === undefined ? {} : { nickname }),
          ...(lookupKey === undefined ? {} : { lookup_key: lookupKey }),
        },
      });
      return price;
    },
  },
];

/** @throws StripeError 404, or 400 if `param` names the id's parameter */
export function priceOf(state: State, id: string | undefined, param?: string): Price {
  const price = state.prices[id ?? ''];
  if (!price) throw missing('price', id ?? '', param);
  return price;
}

function createPrice(runtime: Runtime, params: Params): Price {
  const interval = text(params, 'recurring.interval');
  if (text(params, 'recurring.usage_type') === 'metered') throw invalid('The sandbox has no metered prices.', 'recurring[usage_type]');
  if (interval && !['day', 'week', 'month', 'year'].includes(interval))
    throw invalid(`Invalid interval: ${interval}`, 'recurring[interval]');
  const unitAmount = integer(params, 'unit_amount');
  if (unitAmount === undefined || unitAmount === null) throw invalid('Prices require an `unit_amount` parameter to be set.', 'unit_amount');
  if (unitAmount < 0) throw invalid('This value must be greater than or equal to 0.', 'unit_amount');
  const currency = required(params, 'currency').toLowerCase();
  const lookupKey = text(params, 'lookup_key') ?? null;
  const product = productFor(runtime, params);
  if (lookupKey) claimLookupKey(runtime, { key: lookupKey, transfer: flag(params, 'transfer_lookup_key') ?? false, by: null });
  const price = makePrice(runtime, {
    product,
    currency,
    unitAmount,
    recurring: interval
      ? {
          interval,
          intervalCount: integer(params, 'recurring.interval_count') ?? 1,
          trialPeriodDays: integer(params, 'recurring.trial_period_days') ?? null,
        }
      : null,
    lookupKey,
    nickname: text(params, 'nickname') ?? null,
    active: flag(params, 'active') ?? true,
    metadata: metadata(params, 'metadata'),
  });
  runtime.emit('price.created', price);
  return price;
}

function productFor(runtime: Runtime, params: Params): string {
  const id = text(params, 'product');
  if (id) return productOf(runtime.state, id, 'product').id;
  const name = text(params, 'product_data.name');
  if (!name) throw invalid('You must specify either `product` or `product_data` when creating a price.', 'product', 'parameter_missing');
  const product = makeProduct(runtime, {
    id: text(params, 'product_data.id') ?? null,
    name,
    description: null,
    active: true,
    metadata: metadata(params, 'product_data.metadata'),
  });
  runtime.emit('product.created', product);
  return product.id;
}

/** A lookup key belongs to one price; it moves only with `transfer_lookup_key`. */
function claimLookupKey(runtime: Runtime, claim: { key: string; transfer: boolean; by: string | null }): void {
  const holder = Object.values(runtime.state.prices).find((price) => price.lookup_key === claim.key && price.id !== claim.by);
  if (!holder) return;
  if (!claim.transfer) throw invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, 'lookup_key');
  runtime.emit('price.updated', holder, assign(holder, { lookup_key: null }));
}
