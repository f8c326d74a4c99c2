import { refundCharge } from '../engine/disputes.ts';
import type { Charge } from '../objects/types.ts';
import type { State } from '../state.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { integer, text } from './params.ts';
import type { Route } from './route.ts';
import { missing, StripeError } from './stripe-error.ts';

/** Charges, payment intents, payment methods and refunds. */
export const paymentRoutes: Route[] = [
  {
    method: 'GET',
    path: '/v1/charges',
    params: [...pageParams, ...createdParams, 'customer', 'payment_intent'],
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/charges',
        newestFirst(
          params,
          runtime.state.charges,
          (one) => isAsked(params, 'customer', one.customer) && isAsked(params, 'payment_intent', one.payment_intent),
        ),
      ),
  },
  retrieve('/v1/charges', 'charge', (state) => state.charges),
  {
    method: 'GET',
    path: '/v1/payment_intents',
    params: [...pageParams, ...createdParams, 'customer'],
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/payment_intents',
        newestFirst(params, runtime.state.paymentIntents, (one) => isAsked(params, 'customer', one.customer)),
      ),
  },
  retrieve('/v1/payment_intents', 'payment_intent', (state) => state.paymentIntents),
  retrieve('/v1/payment_methods', 'PaymentMethod', (state) => state.paymentMethods),
  {
    method: 'POST',
    path: '/v1/refunds',
    params: ['charge', 'payment_intent', 'amount', 'reason', 'metadata.*'],
    handle({ runtime, params }) {
      const charge = paidCharge(runtime.state, { charge: text(params, 'charge') ?? null, intent: text(params, 'payment_intent') ?? null });
      return refundCharge(runtime, charge, { amount: integer(params, 'amount') ?? null, reason: text(params, 'reason') ?? null });
    },
  },
  {
    method: 'GET',
    path: '/v1/refunds',
    params: [...pageParams, ...createdParams, 'charge', 'payment_intent'],
    handle: ({ runtime, params }) =>
      page(
        params,
        '/v1/refunds',
        newestFirst(
          params,
          runtime.state.refunds,
          (one) => isAsked(params, 'charge', one.charge) && isAsked(params, 'payment_intent', one.payment_intent),
        ),
      ),
  },
  retrieve('/v1/refunds', 'refund', (state) => state.refunds),
];

/** A route that returns one object of a map. */
export function retrieve(path: string, kind: string, objects: (state: State) => Record<string, object>): Route {
  return {
    method: 'GET',
    path: `${path}/:id`,
    params: [],
    handle({ runtime, path: { id = '' } }) {
      const found = objects(runtime.state)[id];
      if (!found) throw missing(kind, id);
      return found;
    },
  };
}

function paidCharge(state: State, by: { charge: string | null; intent: string | null }): Charge {
  if (by.charge === null && by.intent === null) {
    throw new StripeError({
      status: 400,
      code: 'parameter_missing',
      message: 'One of the following params should be provided: payment_intent or charge.',
    });
  }
  const charge = Object.values(state.charges).findLast((one) => one.id === by.charge || (one.payment_intent === by.intent && one.paid));
  if (!charge) throw missing('charge', by.charge ?? by.intent ?? '', by.charge ? 'charge' : 'payment_intent');
  return charge;
}
