import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { missing, StripeError } from '../api/stripe-error.ts';
import type { PayOutcome } from '../controls-types.ts';
import type { CheckoutSession } from '../objects/types.ts';
import { formField } from './form-field.ts';
import type { PageOptions } from './page-options.ts';
import { confirmPage, type PayView, payPage } from './pay-page.ts';
import { webAddress } from './web-address.ts';

type Session = { Params: { sessionId: string }; Querystring: { declined?: string } };

const OUTCOMES: readonly PayOutcome[] = ['pays', 'declines', 'needs_action', 'abandons'];

/** `/pay/:sessionId`. As at Stripe, the link is the permission to pay. */
export function payRoutes(app: FastifyInstance, options: PageOptions): void {
  const { runtime, controls } = options;
  const sessionOf = (id: string): CheckoutSession => {
    const session = Object.hasOwn(runtime.state.sessions, id) ? runtime.state.sessions[id] : undefined;
    if (!session) throw missing('checkout session', id);
    return session;
  };
  app.get<Session>('/pay/:sessionId', (request, reply) => {
    options.catchUp();
    const session = sessionOf(request.params.sessionId);
    return sendPage(options, reply, { session, page: payPage(viewOf(options, session, request.query.declined !== undefined)) });
  });
  app.get<Session>('/pay/:sessionId/confirm', (request, reply) => {
    const session = sessionOf(request.params.sessionId);
    if (session.status !== 'open') return reply.redirect(pathOf(session), 303);
    return sendPage(options, reply, { session, page: confirmPage(pathOf(session)) });
  });
  app.post<Session>('/pay/:sessionId', (request, reply) => {
    const session = sessionOf(request.params.sessionId);
    const outcome = outcomeOf(request);
    const email = formField(request, 'email').trim();
    controls.pay({ sessionId: session.id, outcome, ...(email === '' ? {} : { email }) });
    return redirect(reply, session, outcome);
  });
  app.post<Session>('/pay/:sessionId/confirm', (request, reply) => {
    const session = sessionOf(request.params.sessionId);
    const succeeds = formField(request, 'succeeds') === 'true';
    controls.completeAction({ sessionId: session.id, succeeds });
    return redirect(reply, session, succeeds ? 'pays' : 'declines');
  });
}

/** Redirects the buyer after an attempt: back to the seller once the session has ended. */
function redirect(reply: FastifyReply, session: CheckoutSession, outcome: PayOutcome): FastifyReply {
  const path = pathOf(session);
  if (session.status === 'complete') return reply.redirect(successUrlOf(session) ?? path, 303);
  if (session.status === 'expired') return reply.redirect(webAddress(session.cancel_url) ?? path, 303);
  return reply.redirect(outcome === 'needs_action' ? `${path}/confirm` : `${path}?declined`, 303);
}

function outcomeOf(request: FastifyRequest): PayOutcome {
  const given = formField(request, 'outcome');
  const outcome = OUTCOMES.find((known) => known === given);
  if (!outcome) throw new StripeError({ status: 400, message: 'Choose an outcome of the payment.' });
  return outcome;
}

function viewOf({ runtime }: PageOptions, session: CheckoutSession, declined: boolean): PayView {
  const { prices, products, inner } = runtime.state;
  const basket = inner.basket[session.id];
  const lines = (basket?.lines ?? []).flatMap(({ price: id, quantity }) => {
    const price = prices[id];
    return price ? [{ price, product: products[price.product], quantity }] : [];
  });
  return {
    session,
    lines,
    trialDays: basket?.trialPeriodDays ?? null,
    cancelUrl: webAddress(session.cancel_url),
    successUrl: successUrlOf(session),
    declined,
    path: pathOf(session),
  };
}

function successUrlOf(session: CheckoutSession): string | null {
  return webAddress(session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id) ?? null);
}

function pathOf(session: CheckoutSession): string {
  return `/pay/${session.id}`;
}

function sendPage(
  { access }: PageOptions,
  reply: FastifyReply,
  { session, page }: { session: CheckoutSession; page: string },
): FastifyReply {
  const targets = [successUrlOf(session), webAddress(session.cancel_url)].flatMap((url) => (url === null ? [] : [new URL(url).origin]));
  access.protectPage(reply, [...new Set(targets)]);
  return reply.type('text/html; charset=utf-8').send(page);
}
