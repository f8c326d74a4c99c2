import { type Access, type BillingMode, ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { createKey, revokeKey } from '../../keys/change.ts';
import type { IssuedKey } from '../../keys/schema.ts';
import { findKey } from '../../keys/store.ts';
import { type Actor, change, type Write } from '../../transaction/change.ts';
import { requireBilling } from '../billing.ts';
import {
  type CheckoutRow,
  entitlementOfSubscription,
  isOnlyKey,
  lockCheckout,
  setMintedKey,
  wasRotated,
  wasUsed,
} from '../store/checkouts.ts';

/** The audit actor of a buyer, who has no key yet. */
const BUYER = 'buyer';

/** The entitlement of a paid checkout. */
export interface CheckoutEntitlement {
  entitlementId: string;
  access: Access;
}

/**
 * Creates the key of a paid checkout. Until its first use it can be replaced by a new one, which
 * revokes it: a lost response must not lose the purchase. The caller must have verified the
 * checkout's cookie.
 * @throws ProblemError CHECKOUT_NOT_COMPLETE; KEY_CLAIMED once the key was used, or when the
 * operator suspended, revoked or rotated it
 */
export async function claimKey(context: Context, sessionId: string, requestId: string): Promise<IssuedKey> {
  const { mode } = requireBilling(context);
  const actor: Actor = { id: BUYER, requestId };
  // `change` locks the snapshot version first: parallel claims run one by one, and one key stays
  // enabled.
  return change(context, actor, async (write) => {
    const row = await lockCheckout(write.tx, mode, sessionId);
    const entitlement = row === null ? null : await entitlementOf(write.tx, mode, row);
    if (row === null || entitlement === null || !isPaid(entitlement.access)) throw new ProblemError('CHECKOUT_NOT_COMPLETE');
    if (row.keyId !== null) await replaceUnused(write, row.keyId, entitlement);
    const issued = await createKey(write, { name: `bought: ${row.planId}`, entitlementId: entitlement.entitlementId });
    await setMintedKey(write.tx, mode, sessionId, issued.id);
    return issued;
  });
}

/** The entitlement of a checkout; null until the sync has created it. */
export async function entitlementOf(
  db: Context['db'],
  mode: BillingMode,
  { state, subscriptionId }: CheckoutRow,
): Promise<CheckoutEntitlement | null> {
  const found = state === 'complete' && subscriptionId !== null ? await entitlementOfSubscription(db, mode, subscriptionId) : null;
  return found === null || found.entitlementId === null ? null : { entitlementId: found.entitlementId, access: found.access };
}

/** Whether a key may be issued. */
export const isPaid = (access: Access): boolean => access === 'active' || access === 'grace';

/** Whether the last key can no longer be replaced: it was used, or the operator changed it. */
export async function isTaken(
  context: Context,
  db: Context['db'],
  { keyId, entitlement }: { keyId: string; entitlement: CheckoutEntitlement },
): Promise<boolean> {
  const key = await findKey(db, keyId);
  if (key === null || key.operatorStatus !== 'enabled' || (await wasRotated(db, keyId))) return true;
  if (await wasUsed(db, keyId)) return true;
  // Usage that is not shipped yet is known only per entitlement: it counts if this is the only key.
  const { entitlementId } = entitlement;
  return context.limits.of(entitlementId) !== null && (await isOnlyKey(db, { keyId, entitlementId }));
}

async function replaceUnused(write: Write, keyId: string, entitlement: CheckoutEntitlement): Promise<void> {
  if (await isTaken(write.context, write.tx, { keyId, entitlement })) throw new ProblemError('KEY_CLAIMED');
  await revokeKey(write, keyId);
}
