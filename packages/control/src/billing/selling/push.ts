import type { Context } from '../../context.ts';
import { type Page, pageRequest } from '../../http/page.ts';
import { findPlan, listPlans, lockPlan, type PlanRow } from '../../plans/store.ts';
import { type Actor, changeRecord } from '../../transaction/change.ts';
import type { Billing } from '../billing.ts';
import { activePriceOf, activePrices, type PriceRow, setActivePrice, setArchived } from '../store/prices.ts';
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
 * Pushes every plan to Stripe as product and price. Idempotent. Subscriptions stay on the price
 * that they were bought at. With `dryRun` it plans the same and writes nothing.
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED; the plans before the failing one are
 * pushed
 */
export async function pushPlans(push: Push, { dryRun }: { dryRun: boolean }): Promise<PushResult[]> {
  const { db } = push.context;
  const [plans, rows] = await Promise.all([allPlans(db), activePrices(db, push.billing.mode)]);
  return run(push, { plans, rows, dryRun });
}

export async function pushPlan(push: Push, planId: string): Promise<PushResult | null> {
  const { db } = push.context;
  const [plan, row] = await Promise.all([findPlan(db, planId), activePriceOf(db, push.billing.mode, planId)]);
  const results = await run(push, { plans: plan === null ? [] : [plan], rows: row === null ? [] : [row], dryRun: false });
  return results[0] ?? null;
}

async function run(push: Push, { plans, rows, dryRun }: { plans: PlanRow[]; rows: PriceRow[]; dryRun: boolean }): Promise<PushResult[]> {
  const { context, billing } = push;
  const rowOf = new Map(rows.map((row) => [row.planId, row]));
  const planOf = new Map(plans.map((plan) => [plan.id, plan.terms]));
  const ids = [...new Set([...planOf.keys(), ...rowOf.keys()])];
  const listed = await askStripe(context, () => findListed(billing.stripe, ids));
  const results: PushResult[] = [];
  for (const id of ids) {
    const state = { id, plan: planOf.get(id) ?? null, row: rowOf.get(id) ?? null, listed: listed.get(id) ?? null };
    const step = stepFor(state);
    const result = dryRun ? step : await execute(push, step);
    results.push({ plan: id, action: step.action, priceId: result.priceId, productId: result.productId, detail: step.detail });
  }
  return results;
}

/**
 * Stripe first, then the row: after a crash in between, the next push finds the price by its lookup
 * key. The old price is archived last, so that the plan stays for sale.
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
  if (step.create !== null) {
    const { name, terms } = step.create;
    const product = step.create.productId ?? (await ask(() => ensureProduct(stripe, { id: step.plan, name })));
    priceId = await ask(() => createPrice(stripe, { planId: step.plan, productId: product, terms }));
    productId = product;
    await storeActive(push, { id: priceId, planId: step.plan, productId, ...terms, active: true });
  }
  if (step.priceId !== null) await useListed(push, step, step.priceId);
  for (const id of step.archive) {
    await ask(() => setPriceActive(stripe, id, false));
    await storeArchived(push, step.plan, id);
  }
  return { priceId, productId };
}

/**
 * Reactivates an existing price of the account if it was archived, and stores it if it is new here.
 */
async function useListed(push: Push, { plan, productId, reactivate, adopt }: PushStep, priceId: string): Promise<void> {
  const { context, billing } = push;
  if (reactivate) await askStripe(context, () => setPriceActive(billing.stripe, priceId, true));
  if (adopt !== null && productId !== null) await storeActive(push, { id: priceId, planId: plan, productId, ...adopt, active: true });
}

/** The plan's lock serializes concurrent pushes: the later price is the one that is sold. */
async function storeActive({ context, billing, actor }: Push, price: PriceRow): Promise<void> {
  await changeRecord(context, actor, async ({ tx, at, record }) => {
    await lockPlan(tx, price.planId);
    await setActivePrice(tx, billing.mode, { ...price, at });
    const { id, planId, amountCents, currency, interval } = price;
    record({ action: 'price.create', objectId: id, details: { plan: planId, amountCents, currency, interval, mode: billing.mode } });
  });
}

async function storeArchived({ context, billing, actor }: Push, planId: string, id: string): Promise<void> {
  await changeRecord(context, actor, async ({ tx, record }) => {
    await lockPlan(tx, planId);
    await setArchived(tx, billing.mode, id);
    record({ action: 'price.archive', objectId: id, details: { plan: planId, mode: billing.mode } });
  });
}

/** Every plan in its current version, oldest first. */
export async function allPlans(db: Context['db']): Promise<PlanRow[]> {
  const plans: PlanRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<PlanRow> = await listPlans(db, pageRequest({ limit: 1_000, ...(cursor === null ? {} : { cursor }) }));
    plans.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return plans;
}
