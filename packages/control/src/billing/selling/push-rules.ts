import { priceText } from '@api-factory/core';
import type { Plan } from '../../plans/schema.ts';
import type { PriceRow } from '../store/prices.ts';
import type { ListedPrice, PriceTerms } from '../stripe/catalogue.ts';

/** The inputs for one plan: its price here, the stored Stripe price, and the account's price. */
export interface PlanState {
  id: string;
  /** null when the plan was deleted. */
  plan: Pick<Plan, 'name' | 'price'> | null;
  /** The stored active price. */
  row: PriceRow | null;
  /** The account's price with the plan's lookup key. */
  listed: ListedPrice | null;
}

export const PUSH_ACTIONS = ['created', 'updated', 'repriced', 'archived', 'unchanged', 'skipped'] as const;

/** The changes for one plan. `adopt` is stored as the plan's price without a request to Stripe. */
export interface PushStep {
  plan: string;
  action: (typeof PUSH_ACTIONS)[number];
  detail: string;
  /** The price that stays or is adopted; null when one is created, or none is sold. */
  priceId: string | null;
  productId: string | null;
  /** The price to create, on this product or on a new one. */
  create: { productId: string | null; name: string; terms: PriceTerms } | null;
  renameTo: string | null;
  reactivate: boolean;
  adopt: PriceTerms | null;
  archive: string[];
}

/** Plans one push. The account decides; the stored row only shows which price to archive. */
export function stepFor(state: PlanState): PushStep {
  const { id, plan, row, listed } = state;
  const nothing = { plan: id, priceId: null, productId: null, create: null, renameTo: null, reactivate: false, adopt: null, archive: [] };
  if (listed !== null && listed.planId !== id) {
    return {
      ...nothing,
      action: 'skipped',
      detail: `the account’s price ${listed.id} uses this lookup key but was not created by API-Factory`,
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
      create: { productId: null, name: plan.name, terms },
      archive,
    };
  }
  const stale = row !== null && row.id !== listed.id ? [row.id] : [];
  const productId = listed.product.id;
  const renameTo = listed.product.name === plan.name && listed.product.active ? null : plan.name;
  if (!samePrice(listed.terms, terms)) {
    const detail = `${listed.terms === null ? 'a different type of price' : priceText(listed.terms)} → ${priceText(terms)}`;
    const create = { productId, name: plan.name, terms };
    return { ...nothing, action: 'repriced', detail, productId, create, renameTo, archive: [...new Set([listed.id, ...stale])] };
  }
  const adopt = row === null || row.id !== listed.id ? terms : null;
  const step = { ...nothing, priceId: listed.id, productId, renameTo, reactivate: !listed.active, adopt, archive: stale };
  const detail = [
    ...(renameTo === null ? [] : [`product renamed to ${plan.name}`]),
    ...(step.reactivate ? ['price reactivated'] : []),
    ...(adopt === null ? [] : ['existing price of the account adopted']),
  ].join('; ');
  return { ...step, action: detail === '' ? 'unchanged' : 'updated', detail: detail === '' ? priceText(terms) : detail };
}

function archiveStep({ plan, row, listed }: PlanState, nothing: Omit<PushStep, 'action' | 'detail'>): PushStep {
  const why = plan === null ? 'the plan was deleted' : 'the plan has no price';
  const archive = [...new Set([...(row === null ? [] : [row.id]), ...(listed?.active ? [listed.id] : [])])];
  if (archive.length === 0) return { ...nothing, action: 'skipped', detail: why };
  return { ...nothing, action: 'archived', detail: why, archive, productId: row?.productId ?? listed?.product.id ?? null };
}

export const samePrice = (a: PriceTerms | null, b: PriceTerms): boolean =>
  a !== null && a.amountCents === b.amountCents && a.currency === b.currency && a.interval === b.interval;
