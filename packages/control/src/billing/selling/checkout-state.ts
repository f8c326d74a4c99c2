import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { noteCheckout } from '../engine/refresh-checkouts.ts';
import { syncCustomer } from '../engine/sync.ts';
import { type CheckoutRow, findCheckout } from '../store/checkouts.ts';
import { isPaid, isTaken, slotOf } from './claim.ts';
import type { CheckoutState } from './schema.ts';

/** A page that waits asks every few seconds; Stripe is asked no more often than this for one session. */
const ASK_EVERY_MS = 2_000;
/** Sessions whose last question is remembered. */
const REMEMBERED = 1_000;

/** How a checkout that was begun here stands. */
export interface Standing {
  row: CheckoutRow;
  state: CheckoutState['state'];
}

/** `isBuyer`: whether the request comes from the browser that began the checkout. For others Stripe is not asked. */
export type Look = (sessionId: string, isBuyer: (row: CheckoutRow) => boolean) => Promise<Standing | null>;

/**
 * Makes the look at a checkout: from our own rows when they are enough, else after asking Stripe and running the same sync that a webhook
 * leads to. Whoever comes first wins; the other finds nothing to do. null: no such checkout was begun here. `mayAsk` counts a question to
 * Stripe; where it says no, what is stored is the answer.
 */
export function createLook(context: Context, mayAsk: () => boolean): Look {
  const askedAt = new Map<string, number>();
  return async (sessionId, isBuyer) => {
    const { mode } = requireBilling(context);
    const row = await findCheckout(context.db, mode, sessionId);
    if (row === null) return null;
    const state = await stateOf(context, row);
    if (!isBuyer(row) || (state !== 'open' && state !== 'processing' && state !== 'suspended')) return { row, state };
    const now = context.clock.now();
    if (Math.abs(now - (askedAt.get(sessionId) ?? 0)) < ASK_EVERY_MS || !mayAsk()) return { row, state };
    askedAt.set(sessionId, now);
    if (askedAt.size > REMEMBERED) askedAt.delete(askedAt.keys().next().value ?? '');
    await askAndSync(context, row);
    const fresh = (await findCheckout(context.db, mode, sessionId)) ?? row;
    return { row: fresh, state: await stateOf(context, fresh) };
  };
}

/** Stripe out of reach is no refusal here: the buyer goes on waiting, and the webhook may come first. */
async function askAndSync(context: Context, row: CheckoutRow): Promise<void> {
  try {
    const session = row.state === 'complete' ? row : await noteCheckout(context, row.sessionId);
    if (session.state === 'complete' && session.customerId !== null) await syncCustomer(context, session.customerId);
  } catch (error) {
    context.log.warn({ err: error }, 'a checkout could not be looked at; it is looked at again');
  }
}

async function stateOf(context: Context, row: CheckoutRow): Promise<CheckoutState['state']> {
  if (row.state !== 'complete') return row.state;
  const { mode } = requireBilling(context);
  const slot = await slotOf(context.db, mode, row);
  if (slot === null) return 'processing';
  if (row.keyId !== null && (await isTaken(context, context.db, { keyId: row.keyId, slot }))) return 'claimed';
  if (slot.access === 'revoked') return 'expired';
  if (slot.access === 'suspended') return 'suspended';
  return isPaid(slot.access) ? 'ready' : 'processing';
}
