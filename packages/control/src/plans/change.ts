import { ProblemError } from '@api-factory/core';
import type { Context } from '../context.ts';
import { invalid, notFound } from '../http/errors.ts';
import { change, SYSTEM, type Write } from '../transaction/change.ts';
import { beginMove } from './mover.ts';
import { allowsLess, DEFAULT_PLANS, presentPlan, sameTerms, termsOf } from './rules.ts';
import type { EditedPlan, NewPlan, Plan, PlanEdit } from './schema.ts';
import { deletePlan, everHadPlans, insertPlan, insertVersion, lockPlan, saleOf, setCurrentVersion, termsInUse } from './store.ts';

/** Creates a plan with version 1. @throws ProblemError PLAN_EXISTS */
export async function createPlan({ tx, at, version: snapshotVersion, record }: Write, body: NewPlan): Promise<Plan> {
  const { id } = body;
  const terms = termsOf(body);
  if (!(await insertPlan(tx, id, at))) throw new ProblemError('PLAN_EXISTS', { detail: `A plan with the id ${id} already exists.` });
  await insertVersion(tx, { id, version: 1, at, snapshotVersion, terms });
  record({ action: 'plan.create', objectId: id, details: { version: 1, ...terms } });
  return presentPlan({ id, version: 1, terms, entitlements: 0, moving: 0, createdAt: at });
}

/**
 * Creates the next version, unless the terms are unchanged. With `existing: "now"` (the default)
 * all entitlements of earlier versions move to the current one, including those that an earlier
 * edit kept; for many, the response reports how many are still to be moved. With `keep` they stay
 * on their version, and a move started by an earlier edit continues to its version.
 * @throws ProblemError NOT_FOUND; VALIDATION_FAILED when the body has another id
 */
export async function editPlan(write: Write, id: string, edit: PlanEdit): Promise<EditedPlan> {
  const { tx, at, version: snapshotVersion, record } = write;
  if (edit.id !== undefined && edit.id !== id) throw invalid('#/id', `must be ${id}, as in the path, or be omitted`);
  const plan = await lockPlan(tx, id);
  if (plan === null) throw notFound('plan');
  const terms = termsOf(edit);
  const existing = edit.existing ?? 'now';
  const unchanged = sameTerms(plan.terms, terms);
  const version = unchanged ? plan.version : plan.version + 1;
  if (existing === 'now' && (unchanged || (await termsInUse(tx, id)).some((used) => allowsLess(used, terms)))) {
    write.restricts(`Plan ${id} was moved to version ${version}`, unchanged ? 'already' : 'now');
  }
  if (!unchanged) {
    await insertVersion(tx, { id, version, at, snapshotVersion, terms });
    await setCurrentVersion(tx, id, version);
  }
  const { moved, moving } = existing === 'now' ? await beginMove(write, id, version) : { moved: 0, moving: plan.moving };
  if (!unchanged || moved > 0) record({ action: 'plan.update', objectId: id, details: { version, existing, moved, moving, ...terms } });
  return { ...presentPlan({ ...plan, version, terms, moving }), moved };
}

/**
 * @throws ProblemError NOT_FOUND; PLAN_IN_USE while an entitlement uses any of its versions, and
 *   when the plan was sold or is for sale at Stripe: a buyer must get what was sold
 */
export async function removePlan({ tx, record, context, at }: Write, id: string): Promise<{ id: string }> {
  const plan = await lockPlan(tx, id);
  if (plan === null) throw notFound('plan');
  if (plan.entitlements > 0) {
    throw new ProblemError('PLAN_IN_USE', {
      detail: `${plan.entitlements} ${plan.entitlements === 1 ? 'entitlement uses' : 'entitlements use'} the plan ${id}.`,
      details: { entitlements: plan.entitlements },
    });
  }
  const sale = await saleOf(tx, { id, mode: context.billing?.mode ?? null, at });
  if (sale !== null) throw new ProblemError('PLAN_IN_USE', { detail: SOLD[sale](id), details: { sale } });
  await deletePlan(tx, id);
  record({ action: 'plan.delete', objectId: id });
  return { id };
}

const SOLD = {
  subscription: (id: string) => `The plan ${id} was sold: a subscription uses it. To stop selling it, remove its price and push.`,
  checkout: (id: string) =>
    `The plan ${id} has a checkout that was paid or can still be paid. Remove its price and push; unpaid checkouts expire within two days.`,
  price: (id: string) => `The plan ${id} has a price at Stripe. Remove its price and push, then delete the plan.`,
};

/** Creates the default plans in a database that never had a plan: deleted plans don’t come back. */
export async function seedPlans(context: Context): Promise<void> {
  await change(context, SYSTEM, async (write) => {
    if (await everHadPlans(write.tx)) return;
    // A millisecond apart, so that lists show them from small to large.
    for (const [index, plan] of DEFAULT_PLANS.entries()) await createPlan({ ...write, at: new Date(write.at.getTime() + index) }, plan);
  });
}
