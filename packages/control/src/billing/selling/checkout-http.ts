import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { Answer, answer } from '../../http/answer.ts';
import type { Api } from '../../http/api.ts';
import { operation, problems } from '../../http/operation.ts';
import { notFound } from '../../http/refuse.ts';
import { IssuedKey } from '../../keys/schema.ts';
import { IDEMPOTENT_HEADERS } from '../../transaction/idempotency.ts';
import { requireBilling } from '../billing.ts';
import type { BuyerLimits } from './buyer-limits.ts';
import { beginCheckout } from './checkout.ts';
import { createLook } from './checkout-state.ts';
import { claimKey } from './claim.ts';
import { checkoutConsumer } from './customer-proof.ts';
import { hasNonce, setNonce } from './nonce.ts';
import { Checkout, CheckoutQuery, CheckoutState, Claim, NewCheckout } from './schema.ts';

const PUBLIC = { security: [] };
const WITH_KEY = { security: [{}, { bearerAuth: [] }, { apiKeyAuth: [] }] };

const BEGIN = {
  ...operation(
    'createCheckout',
    'billing',
    'Begin a checkout; with an API key and the customer’s e-mail address, for the consumer who owns it',
  ),
  ...WITH_KEY,
  headers: IDEMPOTENT_HEADERS,
  body: NewCheckout,
  response: {
    201: Answer(Checkout),
    ...problems(
      'BILLING_OFF',
      'VALIDATION_FAILED',
      'MALFORMED_JSON',
      'KEY_SUSPENDED',
      'CUSTOMER_NOT_PROVEN',
      'PLAN_NOT_FOR_SALE',
      'CONFLICT',
      'IDEMPOTENCY_MISMATCH',
      'STRIPE_UNAVAILABLE',
      'STRIPE_REJECTED',
    ),
  },
};
const LOOK = {
  ...operation('getCheckout', 'billing', 'How a checkout stands'),
  ...PUBLIC,
  querystring: CheckoutQuery,
  response: { 200: Answer(CheckoutState), ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'NOT_FOUND') },
};
const CLAIM = {
  ...operation('claimKey', 'billing', 'Mint the key of a paid checkout, in the browser that began it; its plaintext is shown this once'),
  ...PUBLIC,
  body: Claim,
  response: {
    201: Answer(IssuedKey),
    ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'MALFORMED_JSON', 'CLAIM_REFUSED', 'CHECKOUT_NOT_COMPLETE', 'KEY_CLAIMED'),
  },
};

/** From the price to the key. Needs `@fastify/cookie` on the scope. */
export function checkoutRoutes(app: Api, context: Context, limits: BuyerLimits): void {
  const look = createLook(context, limits.mayLook);
  app.post('/checkout', { schema: BEGIN }, async (request, reply) => {
    const { body } = request;
    const consumerId = await checkoutConsumer(context, request, { email: body.email ?? null, limits });
    const { checkout, nonce } = await beginCheckout(context, request, {
      body,
      consumerId,
      admit: () => (consumerId === null ? limits.stranger(request) : limits.consumer(consumerId)),
    });
    if (nonce === null) reply.header('idempotent-replayed', 'true');
    else setNonce(reply, { sessionId: checkout.sessionId, nonce, publicUrl: requireBilling(context).publicUrl() });
    reply.code(201);
    return answer(request, checkout);
  });

  app.get('/checkout', { schema: LOOK }, async (request) => {
    const { session_id: sessionId } = request.query;
    const standing = await look(sessionId, ({ nonceHash }) => hasNonce(request, sessionId, nonceHash));
    if (standing === null) throw notFound('checkout');
    const { row, state } = standing;
    const claimable = state === 'ready' && hasNonce(request, sessionId, row.nonceHash);
    return answer(request, { state, plan: row.planId, claimable });
  });

  app.post('/claim', { schema: CLAIM }, async (request, reply) => {
    const { sessionId } = request.body;
    const standing = await look(sessionId, ({ nonceHash }) => hasNonce(request, sessionId, nonceHash));
    if (!hasNonce(request, sessionId, standing?.row.nonceHash ?? null)) throw new ProblemError('CLAIM_REFUSED');
    const issued = await claimKey(context, sessionId, request.id);
    reply.code(201);
    return answer(request, issued);
  });
}
