import Stripe from 'stripe';
import type { StripeClient } from './client.ts';

/** The price of a plan, here and in Stripe. `amountCents` is in the currency's smallest unit. */
export interface PriceTerms {
  amountCents: number;
  currency: string;
  interval: 'month' | 'year';
}

/** A price of the Stripe account. */
export interface ListedPrice {
  id: string;
  active: boolean;
  /** The plan in its metadata; null when API-Factory did not create the price. */
  planId: string | null;
  /** null for a price that no plan can have: another interval, metered or tiered. */
  terms: PriceTerms | null;
  product: { id: string; name: string | null; active: boolean };
}

/**
 * Prices are found by this key, so that a crash before the row is written, or a new database,
 * creates no duplicate.
 */
export const lookupKeyOf = (planId: string): string => `api_factory_${planId}`;

/** Stripe's maximum of lookup keys per request. */
const LOOKUP_KEYS = 10;

/** The account's prices with the lookup keys of the plans, archived ones included. */
export async function findListed(stripe: StripeClient, planIds: readonly string[]): Promise<Map<string, ListedPrice>> {
  const found = new Map<string, ListedPrice>();
  for (let from = 0; from < planIds.length; from += LOOKUP_KEYS) {
    const byKey = new Map(planIds.slice(from, from + LOOKUP_KEYS).map((id) => [lookupKeyOf(id), id]));
    const { data } = await stripe.prices.list({ lookup_keys: [...byKey.keys()], limit: 100, expand: ['data.product'] });
    for (const price of data) {
      const planId = byKey.get(price.lookup_key ?? '');
      if (planId !== undefined) found.set(planId, toListed(price));
    }
  }
  return found;
}

/**
 * Finds or creates the plan's product. Its id is derived from the plan's, so an account has only
 * one.
 */
export async function ensureProduct(stripe: StripeClient, plan: { id: string; name: string }): Promise<string> {
  const id = lookupKeyOf(plan.id);
  const existing = await orMissing(stripe.products.retrieve(id));
  if (existing === null) await createProduct(stripe, { ...plan, productId: id });
  else if (existing.name !== plan.name || !existing.active) await stripe.products.update(id, { name: plan.name, active: true });
  return id;
}

async function createProduct(
  stripe: StripeClient,
  { productId, name, id }: { productId: string; name: string; id: string },
): Promise<void> {
  try {
    await stripe.products.create({ id: productId, name, metadata: { api_factory_plan: id } });
  } catch (error) {
    // A concurrent push created it.
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_already_exists')) throw error;
  }
}

/** Renames a product and activates it. */
export async function updateProduct(stripe: StripeClient, id: string, name: string): Promise<void> {
  await stripe.products.update(id, { name, active: true });
}

/**
 * Creates a price and transfers the plan's lookup key to it. Sends no idempotency key: Stripe
 * replays a 500 under the same key for a day. So two concurrent pushes may create two prices; both
 * are stored as the plan's, and one is sold.
 */
export async function createPrice(
  stripe: StripeClient,
  { planId, productId, terms }: { planId: string; productId: string; terms: PriceTerms },
): Promise<string> {
  const price = await stripe.prices.create({
    product: productId,
    unit_amount: terms.amountCents,
    currency: terms.currency,
    recurring: { interval: terms.interval },
    lookup_key: lookupKeyOf(planId),
    transfer_lookup_key: true,
    metadata: { api_factory_plan: planId },
  });
  return price.id;
}

/** Subscriptions stay on an archived price. A price that the account does not have is ignored. */
export async function setPriceActive(stripe: StripeClient, id: string, active: boolean): Promise<void> {
  await orMissing(stripe.prices.update(id, { active }));
}

/** Whether the price is active; null when the account does not have it. */
export async function isPriceActive(stripe: StripeClient, id: string): Promise<boolean | null> {
  const price = await orMissing(stripe.prices.retrieve(id));
  return price === null ? null : price.active;
}

async function orMissing<T>(response: Promise<T>): Promise<T | null> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing') return null;
    throw error;
  }
}

function toListed(price: Stripe.Price): ListedPrice {
  const { product } = price;
  const whole = typeof product === 'string' || product.deleted ? null : product;
  return {
    id: price.id,
    active: price.active,
    planId: price.metadata.api_factory_plan ?? null,
    terms: termsOf(price),
    product: { id: typeof product === 'string' ? product : product.id, name: whole?.name ?? null, active: whole?.active ?? false },
  };
}

function termsOf({ unit_amount, currency, recurring, billing_scheme }: Stripe.Price): PriceTerms | null {
  if (unit_amount === null || recurring === null || billing_scheme !== 'per_unit') return null;
  const { interval, interval_count, usage_type } = recurring;
  if (interval_count !== 1 || usage_type !== 'licensed' || (interval !== 'month' && interval !== 'year')) return null;
  return { amountCents: unit_amount, currency, interval: interval === 'month' ? 'month' : 'year' };
}
