import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { findPlan, type PlanRow } from '../../plans/store.ts';
import { SYSTEM } from '../../transaction/change.ts';
import { requireBilling } from '../billing.ts';
import { activePriceOf, activePrices, type PriceRow } from '../store/prices.ts';
import { allPlans, pushPlan } from './push.ts';
import { samePrice } from './push-rules.ts';
import type { PlanOffer } from './schema.ts';

/** The price list: every plan with a price. */
export async function listOffers(context: Context): Promise<PlanOffer[]> {
  const billing = requireBilling(context);
  const [plans, rows] = await Promise.all([allPlans(context.db), activePrices(context.db, billing.mode)]);
  const rowOf = new Map(rows.map((row) => [row.planId, row]));
  return plans
    .filter(({ terms }) => terms.price !== null)
    .map((plan) => ({
      id: plan.id,
      ...plan.terms,
      forSale: pushesAutomatically(billing.mode) || isSoldAt(plan, rowOf.get(plan.id) ?? null),
    }));
}

/**
 * Checks whether the plan can be bought, without a request to Stripe.
 * @throws ProblemError PLAN_NOT_FOR_SALE
 */
export async function requireForSale(context: Context, planId: string): Promise<void> {
  const { mode } = requireBilling(context);
  const [plan, row] = await Promise.all([findPlan(context.db, planId), activePriceOf(context.db, mode, planId)]);
  const sold = plan !== null && plan.terms.price !== null && (pushesAutomatically(mode) || isSoldAt(plan, row));
  if (!sold) throw new ProblemError('PLAN_NOT_FOR_SALE');
}

/**
 * The Stripe price for a checkout of the plan. A plan whose new price was not pushed is not for
 * sale, so that nobody pays a price other than the listed one. The sandbox pushes it automatically.
 * @throws ProblemError PLAN_NOT_FOR_SALE, STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function priceForSale(context: Context, planId: string): Promise<PriceRow> {
  const billing = requireBilling(context);
  const plan = await findPlan(context.db, planId);
  if (plan === null || plan.terms.price === null) throw new ProblemError('PLAN_NOT_FOR_SALE');
  // Every time, since a reset of the sandbox deletes the price.
  if (pushesAutomatically(billing.mode)) await pushPlan({ context, billing, actor: SYSTEM }, planId);
  const row = await activePriceOf(context.db, billing.mode, planId);
  if (row === null || !isSoldAt(plan, row)) throw new ProblemError('PLAN_NOT_FOR_SALE');
  return row;
}

const pushesAutomatically = (mode: string): boolean => mode === 'sandbox';

const isSoldAt = ({ terms }: PlanRow, row: PriceRow | null): boolean => row !== null && terms.price !== null && samePrice(row, terms.price);
