import { ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import { findConsumer } from '../../consumers/store.ts';
import type { Context } from '../../context.ts';
import { sha256Hex } from '../../http/credential.ts';
import { requireBilling } from '../billing.ts';
import { countOpenOf, customerOfConsumer, findRepeated, insertCheckout, isHeld, linkCustomer, unlinkCustomer } from '../store/checkouts.ts';
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

/** As long as Stripe keeps a session open. */
const REPEATED_FOR_MS = 86_400_000;
const MOST_OPEN = 20;
const HELD = 'A disputed payment holds this consumer, so that a key that is bought now would not work. Talk to the operator first.';

/** A checkout that was begun, and the nonce for its cookie; null when it was begun before by the same browser and request. */
export interface Begun {
  checkout: Checkout;
  nonce: string | null;
}

/** What a buyer asks for, and for whom. */
export interface Order {
  body: NewCheckout;
  /** The consumer of the API key that came along; null: whoever pays is a new consumer. */
  consumerId: string | null;
  /** Counts the request against the limits. Called before Stripe is asked, and when nothing else speaks against it. @throws ProblemError RATE_LIMITED */
  admit: () => void;
}

/**
 * Begins a checkout at Stripe. Nothing is granted by it: the sync does that, when Stripe says that it is paid.
 * @throws ProblemError PLAN_NOT_FOR_SALE, IDEMPOTENCY_MISMATCH, STRIPE_UNAVAILABLE, STRIPE_REJECTED; CONFLICT when a dispute holds the consumer,
 * who would pay for a suspended key; RATE_LIMITED when the consumer has too many checkouts that are not paid
 */
export async function beginCheckout(context: Context, request: FastifyRequest, order: Order): Promise<Begun> {
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
  if (session.url === null) throw new Error('Stripe made a checkout session without an address');
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
 * A repeated request gets the same checkout only in the browser that has its cookie: a guessed `Idempotency-Key` must not hand out a
 * claim. Elsewhere a new session is made, which has no effect until it is paid. One that expired is not repeated.
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

/** Nobody can make this without the cookie's value. */
const repeatHash = (nonce: string, key: string): string => sha256Hex(`${nonce}\0${key}`);

/** The session, for the consumer's Stripe customer if there is a consumer; with a new customer when Stripe has the old one no more. */
async function openSession(context: Context, consumerId: string | null, order: Omit<SessionOrder, 'customerId'>): Promise<SessionTruth> {
  const { mode, stripe } = requireBilling(context);
  const ask = (customerId: string | null) => askStripe(context, () => createSession(stripe, { ...order, customerId }));
  if (consumerId === null) return ask(null);
  const customerId = await customerFor(context, consumerId);
  try {
    return await ask(customerId);
  } catch (error) {
    // In live mode only a customer that Stripe calls deleted is gone: one that it does not know is more likely another account's.
    if (customerId === null || mode === 'live' || !isCustomerMissing(error)) throw error;
    await unlinkCustomer(context.db, mode, customerId);
    return ask(await customerFor(context, consumerId));
  }
}

/** The Stripe customer of a consumer, made when there is none, or when it was deleted at Stripe. */
async function customerFor(context: Context, consumerId: string): Promise<string | null> {
  const { mode, stripe } = requireBilling(context);
  const at = new Date(context.clock.now());
  const present = await customerOfConsumer(context.db, mode, consumerId);
  if (present !== null && !present.deleted) {
    await refuseMany(context, present.id, at);
    return present.id;
  }
  const consumer = await findConsumer(context.db, consumerId);
  if (consumer === null) return null;
  const id = await askStripe(context, () => createCustomer(stripe, consumer));
  if (present !== null) await unlinkCustomer(context.db, mode, present.id);
  return linkCustomer(context.db, mode, { id, consumerId, at });
}

async function refuseMany({ db, billing }: Context, customerId: string, at: Date): Promise<void> {
  if (billing === null) return;
  const open = await countOpenOf(db, billing.mode, { customerId, since: new Date(at.getTime() - REPEATED_FOR_MS) });
  if (open < MOST_OPEN) return;
  throw new ProblemError('RATE_LIMITED', {
    detail: `${MOST_OPEN} checkouts of this consumer are not paid yet. Pay one of them, or come back when they have expired.`,
    retryAfterSeconds: 3_600,
  });
}
