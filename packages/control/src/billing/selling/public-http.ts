import cookie from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer } from '../../http/envelope.ts';
import { operation, problems } from '../../http/operation.ts';
import { requireBilling } from '../billing.ts';
import { openPortal } from '../stripe/checkout.ts';
import { askStripe } from '../stripe/errors.ts';
import { type BuyerShares, createBuyerLimits } from './buyer-limits.ts';
import { checkoutRoutes } from './checkout-http.ts';
import { type Proof, portalCustomer } from './customer-proof.ts';
import { listOffers } from './offers.ts';
import { KEY_PROBLEMS, PlanOffer, Portal, PortalRequest, STRIPE_PROBLEMS, WITH_KEY } from './schema.ts';
import { createTickets } from './ticket.ts';

/** Buyers have no credential yet. */
const PUBLIC = { security: [] };

/** Without a key, the cookie of a purchase authenticates. */

const PLANS = {
  ...operation('listOffers', 'billing', 'List plans with prices'),
  ...PUBLIC,
  response: { 200: Answer(Type.Array(PlanOffer)), ...problems('BILLING_OFF') },
};
const PORTAL = {
  ...operation(
    'openPortal',
    'billing',
    'Create a session of Stripe’s customer portal, with an API key and email address or in the browser of the purchase',
  ),
  ...WITH_KEY,
  body: PortalRequest,
  response: {
    200: Answer(Portal),
    ...problems(...KEY_PROBLEMS, 'NO_SUBSCRIPTION', ...STRIPE_PROBLEMS),
  },
};

/** Routes for buyers. No CORS headers: in browsers, only the buyer's pages call them. */
export async function publicBillingRoutes(app: Api, context: Context, shares?: BuyerShares): Promise<void> {
  const tickets = createTickets(context);
  const limits = createBuyerLimits(context, tickets, shares);
  await app.register(cookie);
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('referrer-policy', 'no-referrer');
    requireBilling(context);
  });
  app.get('/plans', { schema: PLANS }, async (request, reply) => {
    tickets.give(request, reply, requireBilling(context).publicUrl());
    return answer(request, await listOffers(context));
  });
  checkoutRoutes(app, context, limits);
  const withBody = async (request: FastifyRequest) => {
    if (request.body === undefined) request.body = {};
  };
  app.post('/portal', { schema: PORTAL, preValidation: withBody }, async (request) =>
    answer(request, { url: await portalUrl(context, request, { email: request.body.email ?? null, limits }) }),
  );
}

async function portalUrl(context: Context, request: FastifyRequest, proof: Proof): Promise<string> {
  const { stripe, publicUrl } = requireBilling(context);
  const customerId = await portalCustomer(context, request, proof);
  return askStripe(context, () => openPortal(stripe, { customerId, returnUrl: `${publicUrl()}/checkout/manage` }));
}
