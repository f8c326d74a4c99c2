import { ProblemError } from '@api-factory/core';
import cookie from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import { Answer, answer } from '../../http/answer.ts';
import type { Api } from '../../http/api.ts';
import { operation, problems } from '../../http/operation.ts';
import type { Limit } from '../../operators/limit.ts';
import { requireBilling } from '../require.ts';
import { askStripe } from '../stripe/errors.ts';
import { openPortal } from '../stripe/portal.ts';
import { requireEntitlement } from './buyer.ts';
import { checkoutRoutes } from './checkout-http.ts';
import { customerOfEntitlement } from './checkout-store.ts';
import { listOffers } from './offers.ts';
import { PlanOffer, Portal } from './schema.ts';

/** Whoever wants to buy has no credential yet. */
const PUBLIC = { security: [] };

const PLANS = {
  ...operation('listOffers', 'billing', 'The public price list'),
  ...PUBLIC,
  response: { 200: Answer(Type.Array(PlanOffer)), ...problems('BILLING_OFF') },
};
const PORTAL = {
  ...operation('openPortal', 'billing', 'Open Stripe’s customer portal; a suspended key may, too', 'consumer'),
  response: {
    200: Answer(Portal),
    ...problems('BILLING_OFF', 'NO_SUBSCRIPTION', 'STRIPE_UNAVAILABLE', 'STRIPE_REJECTED'),
  },
};

/** What buyers and consumers do by themselves. `limitAll` counts checkouts without a key. There are no CORS headers: only our own pages call this from a browser. */
export async function publicBillingRoutes(app: Api, context: Context, limitAll: Limit): Promise<void> {
  await app.register(cookie);
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('referrer-policy', 'no-referrer');
    requireBilling(context);
  });
  app.get('/plans', { schema: PLANS }, async (request) => answer(request, await listOffers(context)));
  checkoutRoutes(app, context, limitAll);
  app.post('/portal', { schema: PORTAL }, async (request) => answer(request, { url: await portalUrl(context, request) }));
}

async function portalUrl(context: Context, request: FastifyRequest): Promise<string> {
  const { mode, stripe, publicUrl } = requireBilling(context);
  const { id } = await requireEntitlement(context, request);
  const customerId = await customerOfEntitlement(context.db, mode, id);
  if (customerId === null) throw new ProblemError('NO_SUBSCRIPTION');
  return askStripe(context, () => openPortal(stripe, { customerId, returnUrl: `${publicUrl()}/checkout/manage` }));
}
