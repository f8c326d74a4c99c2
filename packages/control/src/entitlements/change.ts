import { ProblemError } from '@api-factory/core';
import { findConsumer } from '../consumers/store.ts';
import { invalid } from '../http/errors.ts';
import { allowsLess } from '../plans/rules.ts';
import { findPlan, type PlanRow, termsOfVersion } from '../plans/store.ts';
import { alignPeriods } from '../quota/period-store.ts';
import type { Write } from '../transaction/change.ts';
import { type EntitlementRow, findEntitlement, insertEntitlement, setEntitlementPlan } from './store.ts';

/** How a request chooses the entitlement of a new key. */
export interface EntitlementChoice {
  plan?: string;
  consumerId?: string | null;
  entitlementId?: string | null;
}

/**
 * The entitlement for a new key: the given one, or a new one on the plan’s current version.
 * @throws ProblemError VALIDATION_FAILED when a given object does not exist or contradicts the
 *   entitlement; CONFLICT as `refuseUnissuable`
 */
export async function entitlementFor(write: Write, choice: EntitlementChoice): Promise<EntitlementRow> {
  if (typeof choice.entitlementId === 'string') return namedEntitlement(write, choice.entitlementId, choice);
  if (choice.plan === undefined) throw invalid('#/plan', 'is required without an entitlementId');
  const plan = await requirePlan(write, choice.plan);
  const consumerId = choice.consumerId ?? null;
  if (consumerId !== null && (await findConsumer(write.tx, consumerId)) === null) {
    throw invalid('#/consumerId', 'does not exist');
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
  if (row === null) throw invalid('#/entitlementId', 'does not exist');
  if (plan !== undefined && plan !== row.planId) throw invalid('#/plan', `does not match the entitlement’s plan, ${row.planId}`);
  if (typeof consumerId === 'string' && consumerId !== row.consumerId) {
    throw invalid('#/consumerId', `does not match the entitlement’s consumer, ${row.consumerId ?? 'none'}`);
  }
  refuseUnissuable(write, row);
  return row;
}

/**
 * Refuses to issue a key that could never be used.
 * @throws ProblemError CONFLICT when the subscription has ended or belongs to another billing mode
 */
export function refuseUnissuable({ context }: Write, { mode, access }: Pick<EntitlementRow, 'mode' | 'access'>): void {
  if (mode !== null && mode !== context.billing?.mode) {
    const actual = context.billing === null ? 'billing is off' : `the mode is ${context.billing.mode}`;
    throw new ProblemError('CONFLICT', { detail: `The entitlement belongs to billing mode ${mode}, but ${actual}.` });
  }
  if (access === 'revoked') {
    throw new ProblemError('CONFLICT', {
      detail: 'The subscription of this entitlement has ended. A new subscription creates a new entitlement.',
    });
  }
}

/**
 * Moves an entitlement and all its keys to a plan version, by default the current one. Units used
 * in the period stay used, even if the new plan’s periods have another length.
 * @returns false when it is on that version already
 */
export async function moveEntitlement(write: Write, from: OnPlan, planId: string, version?: number): Promise<boolean> {
  const planVersion = version ?? (await requirePlan(write, planId)).version;
  const isCurrent = planId === from.planId && planVersion === from.planVersion;
  // An earlier request may have moved it down a moment ago.
  if (isCurrent || (await isLower(write, from, { planId, planVersion }))) {
    write.restricts(`The entitlement ${from.id} was moved to the plan ${planId}`, isCurrent ? 'already' : 'now');
  }
  if (isCurrent) return false;
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

/** Whether the other plan version allows less. */
async function isLower({ tx }: Write, from: OnPlan, to: Omit<OnPlan, 'id'>): Promise<boolean> {
  const [before, after] = [await termsOfVersion(tx, from), await termsOfVersion(tx, to)];
  return before === null || after === null || allowsLess(before, after);
}

async function requirePlan(write: Write, id: string): Promise<PlanRow> {
  const plan = await findPlan(write.tx, id);
  if (plan === null) throw invalid('#/plan', 'does not exist');
  return plan;
}
