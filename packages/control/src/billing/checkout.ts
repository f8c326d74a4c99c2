import { ProblemError } from '@api-factory/core';
import type { FastifyRequest } from 'fastify';
import { findConsumer } from '../consumers/store.ts';
import type { Context } from '../context.ts';
import { sha256Hex } from '../operators/credential.ts';
import { customerOfConsumer, findRepeated, insertCheckout, linkCustomer, noteSession } from './checkout-store.ts';
import { newNonce, noncesOf } from './nonce.ts';
import { priceForSale } from './offers.ts';
import { requireBilling } from './require.ts';
import type { Checkout, NewCheckout } from './schema.ts';
import { createCustomer, createSession, retrieveSession, type SessionTruth } from './stripe/checkout.ts';
import { askStripe } from './stripe/errors.ts';

const REPEATED_FOR_MS = 86_400_000;

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
}

/**
 * Begins a checkout at Stripe. Nothing is granted by it: the sync does that, when Stripe says that it is paid.
 * @throws ProblemError PLAN_NOT_FOR_SALE, IDEMPOTENCY_MISMATCH, STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function beginCheckout(context: Context, request: FastifyRequest, order: Order): Promise<Begun> {
  const requestHash = sha256Hex(JSON.stringify([order.body.plan, order.body.email ?? null, order.consumerId]));
  const repeated = await repeatedCheckout(context, request, requestHash);
  if (repeated !== null) return { checkout: repeated, nonce: null };
  const { mode, stripe, publicUrl } = requireBilling(context);
  const { plan, email } = order.body;
  const price = await priceForSale(context, plan);
  const customerId = order.consumerId === null ? null : await customerFor(context, order.consumerId);
  const session = await askStripe(context, () =>
    createSession(stripe, {
      priceId: price.id,
      planId: plan,
      requestHash,
      customerId,
      email: email ?? null,
      successUrl: `${publicUrl()}/checkout/done?session_id={CHECKOUT_SESSION_ID}`,
      cancelUrl: `${publicUrl()}/checkout?plan=${plan}`,
    }),
  );
  if (session.url === null) throw new Error('Stripe made a checkout session without an address');
  const nonce = newNonce(context);
  const key = request.headers['idempotency-key'];
  await insertCheckout(context.db, mode, {
    sessionId: session.id,
    planId: plan,
    nonceHash: sha256Hex(nonce),
    idempotencyHash: typeof key === 'string' ? repeatHash(nonce, key) : null,
    customerId,
    at: new Date(context.clock.now()),
  });
  return { checkout: { url: session.url, sessionId: session.id }, nonce };
}

/**
 * A repeated request gets the same checkout only in the browser that has its cookie: a guessed `Idempotency-Key` must not hand out a
 * claim. Elsewhere a new session is made, which has no effect until it is paid. One that expired is not repeated.
 */
async function repeatedCheckout(context: Context, request: FastifyRequest, requestHash: string): Promise<Checkout | null> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return null;
  const { mode, stripe, publicUrl } = requireBilling(context);
  const hashes = noncesOf(request).map((nonce) => repeatHash(nonce, key));
  const row = await findRepeated(context.db, mode, { hashes, since: new Date(context.clock.now() - REPEATED_FOR_MS) });
  if (row === null) return null;
  const session = await askStripe(context, () => retrieveSession(stripe, row.sessionId));
  if (session.requestHash !== requestHash) throw new ProblemError('IDEMPOTENCY_MISMATCH');
  if (session.state === 'expired') return null;
  return { url: session.url ?? `${publicUrl()}/checkout/done?session_id=${row.sessionId}`, sessionId: row.sessionId };
}

/** Nobody can make this without the cookie's value. */
const repeatHash = (nonce: string, key: string): string => sha256Hex(`${nonce}\0${key}`);

/**
 * The Stripe customer of a consumer, made when there is none. One that was deleted at Stripe can't buy any more: whoever pays then is a
 * new consumer.
 */
async function customerFor(context: Context, consumerId: string): Promise<string | null> {
  const { mode, stripe } = requireBilling(context);
  const present = await customerOfConsumer(context.db, mode, consumerId);
  if (present !== null) return present.deleted ? null : present.id;
  const consumer = await findConsumer(context.db, consumerId);
  if (consumer === null) return null;
  const id = await askStripe(context, () => createCustomer(stripe, consumer));
  return linkCustomer(context.db, mode, { id, consumerId, at: new Date(context.clock.now()) });
}

/**
 * Asks Stripe how a session stands and writes it down, if it was begun here.
 * @returns what Stripe says
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function noteCheckout(context: Context, sessionId: string): Promise<SessionTruth> {
  const { mode, stripe } = requireBilling(context);
  const session = await askStripe(context, () => retrieveSession(stripe, sessionId));
  await noteSession(context.db, mode, session);
  return session;
}
