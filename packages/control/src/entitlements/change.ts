import { ProblemError } from '@api-factory/core';
import { findConsumer } from '../consumers/store.ts';
import { invalid } from '../http/errors.ts';
import { allowsLess } from '../plans/rules.ts';
import { findPlan, type PlanRow, termsOfVersion } from '../plans/store.ts';
import { alignPeriods } from '../quota/period-store.ts';
import type { Write } from '../transaction/change.ts';
import { type EntitlementRow, findEntitlement, insertEntitlement, setEntitlementPlan } from './store.ts';

/** What a body says about the entitlement of a new key. */
export interface EntitlementChoice {
  plan?: string;
  consumerId?: string | null;
  entitlementId?: string | null;
}

/**
 * The entitlement that a new key belongs to: the named one, else a new one of the plan's current version.
 * @throws ProblemError VALIDATION_FAILED when something named is not there, or contradicts the entitlement; CONFLICT as `refuseUnissuable`
 */
export async function entitlementFor(write: Write, choice: EntitlementChoice): Promise<EntitlementRow> {
  if (typeof choice.entitlementId === 'string') return namedEntitlement(write, choice.entitlementId, choice);
  if (choice.plan === undefined) throw invalid('#/plan', 'is required without an entitlementId');
  const plan = await requirePlan(write, choice.plan);
  const consumerId = choice.consumerId ?? null;
  if (consumerId !== null && (await findConsumer(write.tx, consumerId)) === null) {
    throw invalid('#/consumerId', 'names no consumer');
  }
  const row: EntitlementRow = {
    id: write.context.newId('entitlement'),
    consumerId,
    planId: plan.id,
    planVersion: plan.version,
    mode: null,
    subscriptionId: null,
    access: null,
  };
  await insertEntitlement(write.tx, row, write);
  write.record({
    action: 'entitlement.create',
    objectId: row.id,
    details: { plan: plan.id, planVersion: plan.version, consumerId },
  });
  return row;
}

async function namedEntitlement(write: Write, id: string, { plan, consumerId }: EntitlementChoice): Promise<EntitlementRow> {
  const row = await findEntitlement(write.tx, id);
  if (row === null) throw invalid('#/entitlementId', 'names no entitlement');
  if (plan !== undefined && plan !== row.planId) throw invalid('#/plan', `contradicts the entitlement, whose plan is ${row.planId}`);
  if (typeof consumerId === 'string' && consumerId !== row.consumerId) {
    throw invalid('#/consumerId', `contradicts the entitlement, whose consumer is ${row.consumerId ?? 'none'}`);
  }
  refuseUnissuable(write, row);
  return row;
}

/**
 * A key that could never call is not made.
 * @throws ProblemError CONFLICT when the subscription has ended, or when it is of a mode that billing is not in
 */
export function refuseUnissuable({ context }: Write, { mode, access }: Pick<EntitlementRow, 'mode' | 'access'>): void {
  if (mode !== null && mode !== context.billing?.mode) {
    const now = context.billing === null ? 'billing is off' : `the mode is ${context.billing.mode}`;
    throw new ProblemError('CONFLICT', { detail: `The entitlement belongs to the billing mode ${mode}, and ${now}.` });
  }
  if (access === 'revoked') {
    throw new ProblemError('CONFLICT', {
      detail: 'The subscription of this entitlement has ended; a new one brings an entitlement of its own.',
    });
  }
}

/**
 * Moves an entitlement, and with it all its keys, to a version of a plan, the current one unless it is named. Units used in the period stay
 * used, also where the plan's periods have another length.
 * @returns false when it is there already
 */
export async function moveEntitlement(write: Write, from: OnPlan, planId: string, version?: number): Promise<boolean> {
  const planVersion = version ?? (await requirePlan(write, planId)).version;
  const isThere = planId === from.planId && planVersion === from.planVersion;
  // One that is there already was perhaps moved down to it a moment ago.
  if (isThere || (await isLower(write, from, { planId, planVersion }))) {
    write.restricts(`The entitlement ${from.id} is moved to the plan ${planId}`, isThere ? 'already' : 'now');
  }
  if (isThere) return false;
  await setEntitlementPlan(write.tx, from.id, { planId, planVersion, version: write.version });
  await alignPeriods(write.tx, from.id);
  write.record({
    action: 'entitlement.move',
    objectId: from.id,
    details: { plan: planId, planVersion, from: { plan: from.planId, planVersion: from.planVersion } },
  });
  return true;
}

type OnPlan = Pick<EntitlementRow, 'id' | 'planId' | 'planVersion'>;

/** Whether the entitlement may do less under the other plan version. */
async function isLower({ tx }: Write, from: OnPlan, to: Omit<OnPlan, 'id'>): Promise<boolean> {
  const [before, after] = [await termsOfVersion(tx, from), await termsOfVersion(tx, to)];
  return before === null || after === null || allowsLess(before, after);
}

async function requirePlan(write: Write, id: string): Promise<PlanRow> {
  const plan = await findPlan(write.tx, id);
  if (plan === null) throw invalid('#/plan', 'names no plan');
  return plan;
}
