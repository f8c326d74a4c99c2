import { priceText } from '@api-factory/core';
import type { Plan } from '../../plans/schema.ts';
import type { PriceRow } from '../store/prices.ts';
import type { ListedPrice, Terms } from '../stripe/catalogue.ts';

/** What a push knows of one plan: what we sell it for, what we wrote down, and what the account has. */
export interface PlanState {
  id: string;
  /** null when there is no such plan any more. */
  plan: Pick<Plan, 'name' | 'price'> | null;
  /** The price that we believe is sold. */
  row: PriceRow | null;
  /** The price of the account that carries the plan's lookup key. */
  listed: ListedPrice | null;
}

export const PUSH_ACTIONS = ['created', 'updated', 'repriced', 'archived', 'unchanged', 'skipped'] as const;

/** What is to be done for one plan. Prices in `archive` end being sold; `adopt` is written down as the plan's without asking Stripe. */
export interface PushStep {
  plan: string;
  action: (typeof PUSH_ACTIONS)[number];
  detail: string;
  /** The price that stays or is adopted; null when one is made, or none is sold. */
  priceId: string | null;
  productId: string | null;
  /** Make a price; on this product, or on a new one when it is null. */
  make: { productId: string | null; name: string; terms: Terms } | null;
  renameTo: string | null;
  reactivate: boolean;
  adopt: Terms | null;
  archive: string[];
}

/** Decides one plan. The truth of the account counts; our row only says which price may still have to be archived. */
export function stepFor(state: PlanState): PushStep {
  const { id, plan, row, listed } = state;
  const nothing = { plan: id, priceId: null, productId: null, make: null, renameTo: null, reactivate: false, adopt: null, archive: [] };
  if (listed !== null && listed.planId !== id) {
    return {
      ...nothing,
      action: 'skipped',
      detail: `the account’s price ${listed.id} has this lookup key and was not made by API-Factory`,
    };
  }
  if (plan === null || plan.price === null) return archiveStep(state, nothing);
  const terms = plan.price;
  if (listed === null) {
    const archive = row === null ? [] : [row.id];
    return {
      ...nothing,
      action: 'created',
      detail: priceText(terms),
      make: { productId: null, name: plan.name, terms },
      archive,
    };
  }
  const stale = row !== null && row.id !== listed.id ? [row.id] : [];
  const productId = listed.product.id;
  const renameTo = listed.product.name === plan.name && listed.product.active ? null : plan.name;
  if (!sameTerms(listed.terms, terms)) {
    const detail = `${listed.terms === null ? 'another kind of price' : priceText(listed.terms)} → ${priceText(terms)}`;
    const make = { productId, name: plan.name, terms };
    return { ...nothing, action: 'repriced', detail, productId, make, renameTo, archive: [...new Set([listed.id, ...stale])] };
  }
  const adopt = row === null || row.id !== listed.id ? terms : null;
  const kept = { ...nothing, priceId: listed.id, productId, renameTo, reactivate: !listed.active, adopt, archive: stale };
  const detail = [
    ...(renameTo === null ? [] : [`the product is named ${plan.name}`]),
    ...(kept.reactivate ? ['the price is sold again'] : []),
    ...(adopt === null ? [] : ['the account’s own price is taken']),
  ].join('; ');
  return { ...kept, action: detail === '' ? 'unchanged' : 'updated', detail: detail === '' ? priceText(terms) : detail };
}

function archiveStep({ plan, row, listed }: PlanState, nothing: Omit<PushStep, 'action' | 'detail'>): PushStep {
  const why = plan === null ? 'the plan is gone' : 'the plan has no price';
  const archive = [...new Set([...(row === null ? [] : [row.id]), ...(listed?.active ? [listed.id] : [])])];
  if (archive.length === 0) return { ...nothing, action: 'skipped', detail: why };
  return { ...nothing, action: 'archived', detail: why, archive, productId: row?.productId ?? listed?.product.id ?? null };
}

/** Whether a price sells on these terms. */
export const sameTerms = (a: Terms | null, b: Terms): boolean =>
  a !== null && a.amountCents === b.amountCents && a.currency === b.currency && a.interval === b.interval;
