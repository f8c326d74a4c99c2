import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { findPlan, type PlanRow } from '../../plans/store.ts';
import { SYSTEM } from '../../transaction/change.ts';
import { requireBilling } from '../billing.ts';
import { activePriceOf, activePrices, type PriceRow } from '../store/prices.ts';
import { everyPlan, pushPlan } from './push.ts';
import { sameTerms } from './push-rules.ts';
import type { PlanOffer } from './schema.ts';

/** The price list: every plan that has a price. */
export async function listOffers(context: Context): Promise<PlanOffer[]> {
  const billing = requireBilling(context);
  const [plans, rows] = await Promise.all([everyPlan(context.db), activePrices(context.db, billing.mode)]);
  const rowOf = new Map(rows.map((row) => [row.planId, row]));
  return plans
    .filter(({ terms }) => terms.price !== null)
    .map((plan) => ({
      id: plan.id,
      ...plan.terms,
      forSale: pushesByItself(billing.mode) || isSoldAt(plan, rowOf.get(plan.id) ?? null),
    }));
}

/**
 * Whether a checkout of the plan could be begun. Asks our own rows alone, so that a request for what is not sold costs nothing at Stripe.
 * @throws ProblemError PLAN_NOT_FOR_SALE
 */
export async function requireForSale(context: Context, planId: string): Promise<void> {
  const { mode } = requireBilling(context);
  const [plan, row] = await Promise.all([findPlan(context.db, planId), activePriceOf(context.db, mode, planId)]);
  const sold = plan !== null && plan.terms.price !== null && (pushesByItself(mode) || isSoldAt(plan, row));
  if (!sold) throw new ProblemError('PLAN_NOT_FOR_SALE');
}

/**
 * The price that a checkout of the plan is begun at. A plan whose price was changed and not pushed is not for sale, so that nobody pays
 * another price than the list shows; in the sandbox, where nobody pays, it is pushed by itself.
 * @throws ProblemError PLAN_NOT_FOR_SALE, STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function priceForSale(context: Context, planId: string): Promise<PriceRow> {
  const billing = requireBilling(context);
  const plan = await findPlan(context.db, planId);
  if (plan === null || plan.terms.price === null) throw new ProblemError('PLAN_NOT_FOR_SALE');
  // Every time: the sandbox may have been reset, and then has no price of ours.
  if (pushesByItself(billing.mode)) await pushPlan({ context, billing, actor: SYSTEM }, planId);
  const row = await activePriceOf(context.db, billing.mode, planId);
  if (row === null || !isSoldAt(plan, row)) throw new ProblemError('PLAN_NOT_FOR_SALE');
  return row;
}

const pushesByItself = (mode: string): boolean => mode === 'sandbox';

const isSoldAt = ({ terms }: PlanRow, row: PriceRow | null): boolean => row !== null && terms.price !== null && sameTerms(row, terms.price);
