import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { refreshCheckout } from '../engine/refresh-checkouts.ts';
import { syncCustomer } from '../engine/sync.ts';
import { type CheckoutRow, findCheckout } from '../store/checkouts.ts';
import { entitlementOf, isPaid, isTaken } from './claim.ts';
import type { CheckoutState } from './schema.ts';

/** Waiting pages poll every few seconds; Stripe is called at most this often per session. */
const REFRESH_EVERY_MS = 2_000;
/** Sessions whose last call is remembered. */
const MAX_REMEMBERED = 1_000;

export interface CurrentCheckout {
  row: CheckoutRow;
  state: CheckoutState['state'];
}

/** `isBuyer`: whether the request has the checkout's cookie. For others Stripe is not called. */
export type CheckoutReader = (sessionId: string, isBuyer: (row: CheckoutRow) => boolean) => Promise<CurrentCheckout | null>;

/**
 * Reads the state of a checkout: from the database when that is final, else after a refresh from
 * Stripe and the same sync that a webhook triggers, whichever comes first. null: no such checkout
 * was started here. `mayRefresh` counts a call to Stripe; when it returns false, the stored state
 * is returned.
 */
export function createCheckoutReader(context: Context, mayRefresh: () => boolean): CheckoutReader {
  const refreshedAt = new Map<string, number>();
  return async (sessionId, isBuyer) => {
    const { mode } = requireBilling(context);
    const row = await findCheckout(context.db, mode, sessionId);
    if (row === null) return null;
    const state = await stateOf(context, row);
    if (!isBuyer(row) || (state !== 'open' && state !== 'processing' && state !== 'suspended')) return { row, state };
    const now = context.clock.now();
    if (Math.abs(now - (refreshedAt.get(sessionId) ?? 0)) < REFRESH_EVERY_MS || !mayRefresh()) return { row, state };
    refreshedAt.set(sessionId, now);
    if (refreshedAt.size > MAX_REMEMBERED) refreshedAt.delete(refreshedAt.keys().next().value ?? '');
    await refreshAndSync(context, row);
    const fresh = (await findCheckout(context.db, mode, sessionId)) ?? row;
    return { row: fresh, state: await stateOf(context, fresh) };
  };
}

/** A failure is not an error here: the buyer keeps waiting, and the webhook may arrive first. */
async function refreshAndSync(context: Context, row: CheckoutRow): Promise<void> {
  try {
    const session = row.state === 'complete' ? row : await refreshCheckout(context, row.sessionId);
    if (session.state === 'complete' && session.customerId !== null) await syncCustomer(context, session.customerId);
  } catch (error) {
    context.log.warn({ err: error }, 'could not refresh a checkout; it will be retried');
  }
}

async function stateOf(context: Context, row: CheckoutRow): Promise<CheckoutState['state']> {
  if (row.state !== 'complete') return row.state;
  const { mode } = requireBilling(context);
  const entitlement = await entitlementOf(context.db, mode, row);
  if (entitlement === null) return 'processing';
  if (row.keyId !== null && (await isTaken(context, context.db, { keyId: row.keyId, entitlement }))) return 'claimed';
  if (entitlement.access === 'revoked') return 'expired';
  if (entitlement.access === 'suspended') return 'suspended';
  return isPaid(entitlement.access) ? 'ready' : 'processing';
}
