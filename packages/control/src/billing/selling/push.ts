import type { Context } from '../../context.ts';
import { type Page, pageRequest } from '../../http/page.ts';
import { findPlan, listPlans, lockPlan, type PlanRow } from '../../plans/store.ts';
import { type Actor, changeRecord } from '../../transaction/change.ts';
import type { Billing } from '../billing.ts';
import { activePriceOf, activePrices, archiveRow, keepAsActive, type PriceRow } from '../store/prices.ts';
import { createPrice, ensureProduct, findListed, setPriceActive, updateProduct } from '../stripe/catalogue.ts';
import { askStripe } from '../stripe/errors.ts';
import { type PushStep, stepFor } from './push-rules.ts';
import type { PushResult } from './schema.ts';

interface Push {
  context: Context;
  billing: Billing;
  actor: Actor;
}

/**
 * Makes Stripe's catalogue say what our plans say. Running it twice changes nothing. Subscriptions stay on the price that they were
 * bought at. With `dryRun` it decides the same and writes nothing.
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED; plans before the failing one are pushed then
 */
export async function pushPlans(push: Push, { dryRun }: { dryRun: boolean }): Promise<PushResult[]> {
  const { db } = push.context;
  const [plans, rows] = await Promise.all([everyPlan(db), activePrices(db, push.billing.mode)]);
  return carryOut(push, { plans, rows, dryRun });
}

/** Pushes one plan. */
export async function pushPlan(push: Push, planId: string): Promise<PushResult | null> {
  const { db } = push.context;
  const [plan, row] = await Promise.all([findPlan(db, planId), activePriceOf(db, push.billing.mode, planId)]);
  const results = await carryOut(push, { plans: plan === null ? [] : [plan], rows: row === null ? [] : [row], dryRun: false });
  return results[0] ?? null;
}

async function carryOut(
  push: Push,
  { plans, rows, dryRun }: { plans: PlanRow[]; rows: PriceRow[]; dryRun: boolean },
): Promise<PushResult[]> {
  const { context, billing } = push;
  const rowOf = new Map(rows.map((row) => [row.planId, row]));
  const planOf = new Map(plans.map((plan) => [plan.id, plan.terms]));
  const ids = [...new Set([...planOf.keys(), ...rowOf.keys()])];
  const listed = await askStripe(context, () => findListed(billing.stripe, ids));
  const results: PushResult[] = [];
  for (const id of ids) {
    const state = { id, plan: planOf.get(id) ?? null, row: rowOf.get(id) ?? null, listed: listed.get(id) ?? null };
    const step = stepFor(state);
    const made = dryRun ? step : await execute(push, step);
    results.push({ plan: id, action: step.action, priceId: made.priceId, productId: made.productId, detail: step.detail });
  }
  return results;
}

/**
 * First Stripe, then our row: a crash in between leaves a price that the next push finds by its lookup key. The old price is archived
 * last, so that a plan is for sale all the time.
 */
async function execute(push: Push, step: PushStep): Promise<{ priceId: string | null; productId: string | null }> {
  const { context, billing } = push;
  const { stripe } = billing;
  const ask = <T>(request: () => Promise<T>) => askStripe(context, request);
  let { priceId, productId } = step;
  if (step.renameTo !== null && productId !== null) {
    const [product, name] = [productId, step.renameTo];
    await ask(() => updateProduct(stripe, product, name));
  }
  if (step.make !== null) {
    const { name, terms } = step.make;
    const product = step.make.productId ?? (await ask(() => ensureProduct(stripe, { id: step.plan, name })));
    priceId = await ask(() => createPrice(stripe, { planId: step.plan, productId: product, terms }));
    productId = product;
    await keep(push, { id: priceId, planId: step.plan, productId, ...terms, active: true });
  }
  if (step.priceId !== null) await keepListed(push, step, step.priceId);
  for (const id of step.archive) {
    await ask(() => setPriceActive(stripe, id, false));
    await forget(push, step.plan, id);
  }
  return { priceId, productId };
}

/** A price that the account has already: sells it again if it was archived, and writes it down if we did not know it. */
async function keepListed(push: Push, { plan, productId, reactivate, adopt }: PushStep, priceId: string): Promise<void> {
  const { context, billing } = push;
  if (reactivate) await askStripe(context, () => setPriceActive(billing.stripe, priceId, true));
  if (adopt !== null && productId !== null) await keep(push, { id: priceId, planId: plan, productId, ...adopt, active: true });
}

/** The plan's lock lets two pushes of it write one after the other: the later price is then the one that is sold. */
async function keep({ context, billing, actor }: Push, price: PriceRow): Promise<void> {
  await changeRecord(context, actor, async ({ tx, at, record }) => {
    await lockPlan(tx, price.planId);
    await keepAsActive(tx, billing.mode, { ...price, at });
    const { id, planId, amountCents, currency, interval } = price;
    record({ action: 'price.create', objectId: id, details: { plan: planId, amountCents, currency, interval, mode: billing.mode } });
  });
}

async function forget({ context, billing, actor }: Push, planId: string, id: string): Promise<void> {
  await changeRecord(context, actor, async ({ tx, record }) => {
    await lockPlan(tx, planId);
    await archiveRow(tx, billing.mode, id);
    record({ action: 'price.archive', objectId: id, details: { plan: planId, mode: billing.mode } });
  });
}

/** Every plan in its current version, oldest first. */
export async function everyPlan(db: Context['db']): Promise<PlanRow[]> {
  const plans: PlanRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<PlanRow> = await listPlans(db, pageRequest({ limit: 1_000, ...(cursor === null ? {} : { cursor }) }));
    plans.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return plans;
}
