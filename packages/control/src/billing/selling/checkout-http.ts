import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer } from '../../http/envelope.ts';
import { notFound } from '../../http/errors.ts';
import { operation, problems } from '../../http/operation.ts';
import { IssuedKey } from '../../keys/schema.ts';
import { IDEMPOTENT_HEADERS } from '../../transaction/idempotency.ts';
import { requireBilling } from '../billing.ts';
import type { BuyerLimits } from './buyer-limits.ts';
import { startCheckout } from './checkout.ts';
import { createCheckoutReader } from './checkout-state.ts';
import { claimKey } from './claim.ts';
import { checkoutConsumer } from './customer-proof.ts';
import { hasNonce, setNonce } from './nonce.ts';
import { Checkout, CheckoutQuery, CheckoutState, ClaimRequest, KEY_PROBLEMS, NewCheckout, STRIPE_PROBLEMS, WITH_KEY } from './schema.ts';

const PUBLIC = { security: [] };

const CREATE = {
  ...operation('createCheckout', 'billing', 'Create a checkout; with an API key and the customer’s email address, for the key’s consumer'),
  ...WITH_KEY,
  headers: IDEMPOTENT_HEADERS,
  body: NewCheckout,
  response: {
    201: Answer(Checkout),
    ...problems(...KEY_PROBLEMS, 'PLAN_NOT_FOR_SALE', 'CONFLICT', 'IDEMPOTENCY_MISMATCH', ...STRIPE_PROBLEMS),
  },
};
const READ = {
  ...operation('getCheckout', 'billing', 'Get the state of a checkout'),
  ...PUBLIC,
  querystring: CheckoutQuery,
  response: { 200: Answer(CheckoutState), ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'NOT_FOUND') },
};
const CLAIM = {
  ...operation('claimKey', 'billing', 'Create the key of a paid checkout, in the browser that started it; the key is shown only once'),
  ...PUBLIC,
  body: ClaimRequest,
  response: {
    201: Answer(IssuedKey),
    ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'MALFORMED_JSON', 'CLAIM_REFUSED', 'CHECKOUT_NOT_COMPLETE', 'KEY_CLAIMED'),
  },
};

/** Needs `@fastify/cookie` on the scope. */
export function checkoutRoutes(app: Api, context: Context, limits: BuyerLimits): void {
  const read = createCheckoutReader(context, limits.mayRefresh);
  app.post('/checkout', { schema: CREATE }, async (request, reply) => {
    const { body } = request;
    const consumerId = await checkoutConsumer(context, request, { email: body.email ?? null, limits });
    const { checkout, nonce } = await startCheckout(context, request, {
      body,
      consumerId,
      admit: () => (consumerId === null ? limits.anonymous(request) : limits.consumer(consumerId)),
    });
    if (nonce === null) reply.header('idempotent-replayed', 'true');
    else setNonce(reply, { sessionId: checkout.sessionId, nonce, publicUrl: requireBilling(context).publicUrl() });
    reply.code(201);
    return answer(request, checkout);
  });

  app.get('/checkout', { schema: READ }, async (request) => {
    const { session_id: sessionId } = request.query;
    const current = await read(sessionId, ({ nonceHash }) => hasNonce(request, sessionId, nonceHash));
    if (current === null) throw notFound('checkout');
    const { row, state } = current;
    const claimable = state === 'ready' && hasNonce(request, sessionId, row.nonceHash);
    return answer(request, { state, plan: row.planId, claimable });
  });

  app.post('/claim', { schema: CLAIM }, async (request, reply) => {
    const { sessionId } = request.body;
    const current = await read(sessionId, ({ nonceHash }) => hasNonce(request, sessionId, nonceHash));
    if (!hasNonce(request, sessionId, current?.row.nonceHash ?? null)) throw new ProblemError('CLAIM_REFUSED');
    const issued = await claimKey(context, sessionId, request.id);
    reply.code(201);
    return answer(request, issued);
  });
}
