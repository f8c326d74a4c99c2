import { periodAt } from '@api-factory/core';
import { alignTo, beginsPeriod } from '../quota/alignment.ts';
import { endPeriod, lockPeriodBasis, lockPeriodsTouching, writeAlignment } from '../quota/period-store.ts';
import type { Write } from '../transaction/change.ts';
import {
  type Access,
  type EntitlementRow,
  findEntitlement,
  type GrantedAccess,
  insertEntitlement,
  moveKeysOf,
  type SubscriptionParts,
  setEntitlementAccess,
  setEntitlementAnchor,
} from './store.ts';

/** What a subscription gives its consumer. */
export interface Grant extends SubscriptionParts {
  consumerId: string;
  planId: string;
  planVersion: number;
}

/** Makes the entitlement of a subscription: the slot of its keys. `anchor` may lie in the future, as a trial's does. */
export async function grantEntitlement(write: Write, grant: Grant): Promise<EntitlementRow> {
  const { consumerId, planId, planVersion, mode, subscriptionId, anchor, access } = grant;
  const row: EntitlementRow = { id: write.context.newId('entitlement'), consumerId, planId, planVersion, mode, subscriptionId, access };
  await insertEntitlement(write.tx, row, { ...write, anchor });
  write.record({
    action: 'entitlement.create',
    objectId: row.id,
    details: { plan: planId, planVersion, consumerId, mode, subscriptionId, access },
  });
  return row;
}

/**
 * Writes what a subscription grants now; its keys change with it. `none` ends what was given once, as `revoked` does.
 * @returns false when it is so already
 * @throws Error when there is no such entitlement of a subscription
 */
export async function setAccess(write: Write, entitlementId: string, access: Access): Promise<boolean> {
  const row = await ofSubscription(write, entitlementId);
  const next: GrantedAccess = access === 'none' ? 'revoked' : access;
  if (row.access === next) return false;
  await setEntitlementAccess(write.tx, entitlementId, { access: next, version: write.version });
  write.record({ action: 'entitlement.access', objectId: entitlementId, details: { access: next, from: row.access } });
  return true;
}

/**
 * Moves the point that periods are basis from. A later point that begins the present window begins a new period, with a whole quota: the
 * one on record ends there, and its units with it. Any other move corrects the bounds of what is on record, and what was used stays used.
 * @returns false when it is there already
 * @throws Error when there is no such entitlement of a subscription
 */
export async function setAnchor(write: Write, entitlementId: string, anchor: Date): Promise<boolean> {
  const { tx, version } = write;
  await ofSubscription(write, entitlementId);
  const basis = await lockPeriodBasis(tx, entitlementId);
  if (basis.anchor.getTime() === anchor.getTime()) return false;
  await setEntitlementAnchor(tx, entitlementId, { anchor, version });
  const window = periodAt(anchor, basis.quotaPeriod, basis.now);
  const live = await lockPeriodsTouching(tx, entitlementId, window);
  if (beginsPeriod(anchor, window, live)) {
    for (const { periodId } of live) await endPeriod(tx, periodId, window.startsAt);
  } else {
    const alignment = alignTo(window, live);
    if (alignment !== null) await writeAlignment(tx, alignment);
  }
  const details = { anchor: anchor.toISOString(), from: basis.anchor.toISOString() };
  write.record({ action: 'entitlement.anchor', objectId: entitlementId, details });
  return true;
}

/**
 * Hands all keys that came from an entitlement to another one of the consumer, or back; the operator's word on each goes with it. Keys that
 * another slot handed to it are not its own, and stay.
 * @returns how many there were
 */
export async function moveKeys(write: Write, fromEntitlementId: string, toEntitlementId: string): Promise<number> {
  const moved = await moveKeysOf(write.tx, { from: fromEntitlementId, to: toEntitlementId }, write);
  for (const id of moved) write.record({ action: 'key.move', objectId: id, details: { from: fromEntitlementId, to: toEntitlementId } });
  return moved.length;
}

async function ofSubscription({ tx }: Write, id: string): Promise<EntitlementRow> {
  const row = await findEntitlement(tx, id);
  if (row?.subscriptionId == null) throw new Error(`${id} is not an entitlement of a subscription`);
  return row;
}
