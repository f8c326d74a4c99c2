import { ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import { findConsumer } from '../../consumers/store.ts';
import type { Context } from '../../context.ts';
import { sha256Hex } from '../../http/credential.ts';
import { requireBilling } from '../billing.ts';
import { countUnpaid, customerOfConsumer, findRepeated, insertCheckout, isHeld, linkCustomer, unlinkCustomer } from '../store/checkouts.ts';
import {
  createCustomer,
  createSession,
  isCustomerMissing,
  retrieveSession,
  type SessionOrder,
  type SessionTruth,
} from '../stripe/checkout.ts';
import { askStripe } from '../stripe/errors.ts';
import { newNonce, noncesOf } from './nonce.ts';
import { priceForSale, requireForSale } from './offers.ts';
import type { Checkout, NewCheckout } from './schema.ts';

/** Stripe keeps a session open this long. */
const REPEATED_FOR_MS = 86_400_000;
const MAX_UNPAID = 20;
const HELD = 'A payment of this consumer is disputed, so a new key would be suspended. Contact the operator first.';

/** `nonce` is for the checkout's cookie; null for a repeated request of the same browser. */
export interface StartedCheckout {
  checkout: Checkout;
  nonce: string | null;
}

export interface Order {
  body: NewCheckout;
  /** The consumer of the API key; null: the payer becomes a new consumer. */
  consumerId: string | null;
  /**
   * Counts the request against the limits, after every other check and before Stripe is called.
   * @throws ProblemError RATE_LIMITED
   */
  admit: () => void;
}

/**
 * Creates a checkout in Stripe. Grants nothing: the sync does, once it is paid.
 * @throws ProblemError PLAN_NOT_FOR_SALE, IDEMPOTENCY_MISMATCH, STRIPE_UNAVAILABLE,
 * STRIPE_REJECTED; CONFLICT when a dispute holds the consumer; RATE_LIMITED with too many unpaid
 * checkouts
 */
export async function startCheckout(context: Context, request: FastifyRequest, order: Order): Promise<StartedCheckout> {
  const requestHash = sha256Hex(JSON.stringify([order.body.plan, order.body.email ?? null, order.consumerId]));
  const repeated = await repeatedCheckout(context, request, { requestHash, admit: order.admit });
  if (repeated !== null) return { checkout: repeated, nonce: null };
  const { mode, publicUrl } = requireBilling(context);
  const { plan, email } = order.body;
  if (order.consumerId !== null && (await isHeld(context.db, mode, order.consumerId))) throw new ProblemError('CONFLICT', { detail: HELD });
  await requireForSale(context, plan);
  order.admit();
  const price = await priceForSale(context, plan);
  const session = await openSession(context, order.consumerId, {
    priceId: price.id,
    planId: plan,
    requestHash,
    email: email ?? null,
    successUrl: `${publicUrl()}/checkout/done?session_id={CHECKOUT_SESSION_ID}`,
    cancelUrl: `${publicUrl()}/checkout?plan=${plan}`,
  });
  if (session.url === null) throw new Error('Stripe returned a checkout session without a URL');
  const nonce = newNonce(context);
  const key = request.headers['idempotency-key'];
  await insertCheckout(context.db, mode, {
    sessionId: session.id,
    planId: plan,
    nonceHash: sha256Hex(nonce),
    idempotencyHash: typeof key === 'string' ? repeatHash(nonce, key) : null,
    customerId: session.customerId,
    at: new Date(context.clock.now()),
  });
  return { checkout: { url: session.url, sessionId: session.id }, nonce };
}

/**
 * A repeated request gets the same checkout only with its cookie: a guessed `Idempotency-Key` must
 * not lead to a key. Without it a new session is created, which has no effect until it is paid. An
 * expired session is not returned.
 */
async function repeatedCheckout(
  context: Context,
  request: FastifyRequest,
  { requestHash, admit }: { requestHash: string; admit: () => void },
): Promise<Checkout | null> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return null;
  const { mode, stripe, publicUrl } = requireBilling(context);
  const hashes = noncesOf(request).map((nonce) => repeatHash(nonce, key));
  const row = await findRepeated(context.db, mode, { hashes, since: new Date(context.clock.now() - REPEATED_FOR_MS) });
  if (row === null) return null;
  admit();
  const session = await askStripe(context, () => retrieveSession(stripe, row.sessionId));
  if (session.requestHash !== requestHash) throw new ProblemError('IDEMPOTENCY_MISMATCH');
  if (session.state === 'expired') return null;
  return { url: session.url ?? `${publicUrl()}/checkout/done?session_id=${row.sessionId}`, sessionId: row.sessionId };
}

/** Cannot be computed without the cookie. */
const repeatHash = (nonce: string, key: string): string => sha256Hex(`${nonce}\0${key}`);

/**
 * Creates the session, for the consumer's Stripe customer if there is one; a deleted customer is
 * replaced.
 */
async function openSession(context: Context, consumerId: string | null, order: Omit<SessionOrder, 'customerId'>): Promise<SessionTruth> {
  const { mode, stripe } = requireBilling(context);
  const create = (customerId: string | null) => askStripe(context, () => createSession(stripe, { ...order, customerId }));
  if (consumerId === null) return create(null);
  const customerId = await customerFor(context, consumerId);
  try {
    return await create(customerId);
  } catch (error) {
    // In live mode a missing customer more likely belongs to another account; only a deleted one is
    // replaced.
    if (customerId === null || mode === 'live' || !isCustomerMissing(error)) throw error;
    await unlinkCustomer(context.db, mode, customerId);
    return create(await customerFor(context, consumerId));
  }
}

/**
 * The Stripe customer of a consumer, created when there is none or when it was deleted in Stripe.
 */
async function customerFor(context: Context, consumerId: string): Promise<string | null> {
  const { mode, stripe } = requireBilling(context);
  const at = new Date(context.clock.now());
  const existing = await customerOfConsumer(context.db, mode, consumerId);
  if (existing !== null && !existing.deleted) {
    await refuseTooMany(context, existing.id, at);
    return existing.id;
  }
  const consumer = await findConsumer(context.db, consumerId);
  if (consumer === null) return null;
  const id = await askStripe(context, () => createCustomer(stripe, consumer));
  if (existing !== null) await unlinkCustomer(context.db, mode, existing.id);
  return linkCustomer(context.db, mode, { id, consumerId, at });
}

async function refuseTooMany({ db, billing }: Context, customerId: string, at: Date): Promise<void> {
  if (billing === null) return;
  const open = await countUnpaid(db, billing.mode, { customerId, since: new Date(at.getTime() - REPEATED_FOR_MS) });
  if (open < MAX_UNPAID) return;
  throw new ProblemError('RATE_LIMITED', {
    detail: `${MAX_UNPAID} checkouts of this consumer are unpaid. Pay one of them, or wait until they expire.`,
    retryAfterSeconds: 3_600,
  });
}
