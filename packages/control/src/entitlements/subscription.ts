import type { Write } from '../audit/change.ts';
import { periodAt } from '../usage/periods.ts';
import { endQuotaRow, lastQuotaRow, moveQuotaRow } from './quota-store.ts';
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
 * Moves the point that periods are counted from. When the present period begins later by it than the last one on record, that one ends there,
 * and its units with it; else that one gets the right bounds and keeps what was used.
 * @returns false when it is there already
 * @throws Error when there is no such entitlement of a subscription
 */
export async function setAnchor(write: Write, entitlementId: string, anchor: Date): Promise<boolean> {
  const { tx, version } = write;
  await ofSubscription(write, entitlementId);
  const last = await lastQuotaRow(tx, entitlementId);
  if (last.anchor.getTime() === anchor.getTime()) return false;
  await setEntitlementAnchor(tx, entitlementId, { anchor, version });
  const bounds = periodAt(anchor, last.quotaPeriod, last.now);
  const { quota } = last;
  if (quota !== null && quota.endsAt > bounds.startsAt) {
    if (bounds.startsAt > quota.startsAt) await endQuotaRow(tx, quota.periodId, bounds.startsAt);
    else await moveQuotaRow(tx, { periodId: quota.periodId, entitlementId }, bounds);
  }
  const details = { anchor: anchor.toISOString(), from: last.anchor.toISOString() };
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
