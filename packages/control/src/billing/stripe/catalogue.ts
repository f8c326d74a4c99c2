import Stripe from 'stripe';
import type { StripeClient } from './client.ts';

/** What a plan is sold for, in the words of both sides. `amountCents` is in the smallest unit of the currency. */
export interface Terms {
  amountCents: number;
  currency: string;
  interval: 'month' | 'year';
}

/** A price of the account, as far as plans are concerned. */
export interface ListedPrice {
  id: string;
  active: boolean;
  /** Of which plan it says it is; null when API-Factory did not make it. */
  planId: string | null;
  /** null when it says something that no plan can say: another interval, a metered or tiered price. */
  terms: Terms | null;
  product: { id: string; name: string | null; active: boolean };
}

/** Prices are found by this, so that a crash between Stripe and our row, or a new database, makes no second one. */
export const lookupKeyOf = (planId: string): string => `api_factory_${planId}`;

/** Stripe takes at most this many lookup keys at once. */
const LOOKUP_KEYS = 10;

/** The prices of the account that carry the lookup keys of the plans, archived ones too. */
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

/** Makes the plan's product, or finds it: its id follows from the plan's, so there is one per account. */
export async function ensureProduct(stripe: StripeClient, plan: { id: string; name: string }): Promise<string> {
  const id = lookupKeyOf(plan.id);
  const present = await orMissing(stripe.products.retrieve(id));
  if (present === null) await createProduct(stripe, { ...plan, productId: id });
  else if (present.name !== plan.name || !present.active) await stripe.products.update(id, { name: plan.name, active: true });
  return id;
}

async function createProduct(
  stripe: StripeClient,
  { productId, name, id }: { productId: string; name: string; id: string },
): Promise<void> {
  try {
    await stripe.products.create({ id: productId, name, metadata: { api_factory_plan: id } });
  } catch (error) {
    // Another push was faster.
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_already_exists')) throw error;
  }
}

/** Names a product as its plan is named, and puts it up for sale. */
export async function updateProduct(stripe: StripeClient, id: string, name: string): Promise<void> {
  await stripe.products.update(id, { name, active: true });
}

/**
 * Makes a price and gives it the plan's lookup key, which an older price then loses. No idempotency key of ours: Stripe repeats a 500
 * under the same key for a day. Two pushes at once may so make two prices; both are kept as the plan's, and one is sold.
 */
export async function createPrice(
  stripe: StripeClient,
  { planId, productId, terms }: { planId: string; productId: string; terms: Terms },
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

/** An archived price sells nothing more; subscriptions on it stay. A price that the account does not know is left alone. */
export async function setPriceActive(stripe: StripeClient, id: string, active: boolean): Promise<void> {
  await orMissing(stripe.prices.update(id, { active }));
}

/** Whether the price is sold; null when the account does not know it. */
export async function isPriceActive(stripe: StripeClient, id: string): Promise<boolean | null> {
  const price = await orMissing(stripe.prices.retrieve(id));
  return price === null ? null : price.active;
}

async function orMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
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

function termsOf({ unit_amount, currency, recurring, billing_scheme }: Stripe.Price): Terms | null {
  if (unit_amount === null || recurring === null || billing_scheme !== 'per_unit') return null;
  const { interval, interval_count, usage_type } = recurring;
  if (interval_count !== 1 || usage_type !== 'licensed' || (interval !== 'month' && interval !== 'year')) return null;
  return { amountCents: unit_amount, currency, interval: interval === 'month' ? 'month' : 'year' };
}
