import type { Access, BillingMode } from '@api-factory/core';
import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { revokeKey } from '../../keys/change.ts';
import { createKey } from '../../keys/issue.ts';
import type { IssuedKey } from '../../keys/schema.ts';
import { findKey } from '../../keys/store.ts';
import { type Actor, change, type Write } from '../../transaction/change.ts';
import { requireBilling } from '../billing.ts';
import { type CheckoutRow, findSlot, isOnlyKey, lockCheckout, setMintedKey, wasRotated, wasUsed } from '../store/checkouts.ts';

/** The audit's word for someone who bought and has no key yet. */
const BUYER = 'buyer';

/** What stands between a checkout and its key. */
export interface Slot {
  entitlementId: string;
  access: Access;
}

/**
 * Mints the key of a paid checkout. Until its first use it can be minted again, which revokes the one before: a lost answer must not lose
 * the purchase. The caller has shown that it is the browser that began the checkout.
 * @throws ProblemError CHECKOUT_NOT_COMPLETE; KEY_CLAIMED once the key was used, and when the operator suspended, revoked or rotated it
 */
export async function claimKey(context: Context, sessionId: string, requestId: string): Promise<IssuedKey> {
  const { mode } = requireBilling(context);
  const actor: Actor = { id: BUYER, requestId };
  // The snapshot version's lock, taken first, lets parallel claims mint one after the other: the last key alone is left enabled.
  return change(context, actor, async (write) => {
    const row = await lockCheckout(write.tx, mode, sessionId);
    const slot = row === null ? null : await slotOf(write.tx, mode, row);
    if (row === null || slot === null || !isPaid(slot.access)) throw new ProblemError('CHECKOUT_NOT_COMPLETE');
    if (row.keyId !== null) await replaceUnused(write, row.keyId, slot);
    const issued = await createKey(write, { name: `bought: ${row.planId}`, entitlementId: slot.entitlementId });
    await setMintedKey(write.tx, mode, sessionId, issued.id);
    return issued;
  });
}

/** The slot of a checkout's keys; null before the sync made it. */
export async function slotOf(db: Context['db'], mode: BillingMode, { state, subscriptionId }: CheckoutRow): Promise<Slot | null> {
  const found = state === 'complete' && subscriptionId !== null ? await findSlot(db, mode, subscriptionId) : null;
  return found === null || found.entitlementId === null ? null : { entitlementId: found.entitlementId, access: found.access };
}

/** Whether a key may be handed out. */
export const isPaid = (access: Access): boolean => access === 'active' || access === 'grace';

/** Whether the key that was minted last is out of the buyer's hands: used, or decided on by the operator. */
export async function isTaken(context: Context, db: Context['db'], { keyId, slot }: { keyId: string; slot: Slot }): Promise<boolean> {
  const key = await findKey(db, keyId);
  if (key === null || key.operatorStatus !== 'enabled' || (await wasRotated(db, keyId))) return true;
  if (await wasUsed(db, keyId)) return true;
  // What is not shipped yet is known of the slot alone, and says something of this key only when no other draws on it.
  const { entitlementId } = slot;
  return context.limits.of(entitlementId) !== null && (await isOnlyKey(db, { keyId, entitlementId }));
}

async function replaceUnused(write: Write, keyId: string, slot: Slot): Promise<void> {
  if (await isTaken(write.context, write.tx, { keyId, slot })) throw new ProblemError('KEY_CLAIMED');
  await revokeKey(write, keyId);
}
