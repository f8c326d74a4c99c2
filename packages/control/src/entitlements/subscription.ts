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

/** What a subscription grants its consumer. */
export interface Grant extends SubscriptionParts {
  consumerId: string;
  planId: string;
  planVersion: number;
}

/** Creates the entitlement of a subscription. `anchor` may be in the future, as with a trial. */
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
 * Sets the access that a subscription grants; its keys change with it. `none` ends an existing
 * grant, like `revoked`.
 * @returns false when nothing changed
 * @throws Error when no entitlement of a subscription has this id
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
 * Moves the anchor of quota periods. A later anchor at which the current window begins starts a new
 * period with a full quota: the recorded one ends there, with its units. Any other move only
 * corrects the bounds of recorded periods, and used units stay used.
 * @returns false when nothing changed
 * @throws Error when no entitlement of a subscription has this id
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
 * Moves all keys that were issued in one entitlement to another entitlement of the consumer, or
 * back; their operator status moves along. Keys that came to it from a third entitlement stay.
 * @returns the number of moved keys
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
