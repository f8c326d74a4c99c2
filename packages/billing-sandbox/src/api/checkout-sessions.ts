import { expireSession } from '../engine/checkout.ts';
import { lineItems, makeSession } from '../objects/checkout-session.ts';
import type { CheckoutSession } from '../objects/types.ts';
import type { Runtime } from '../runtime.ts';
import type { Basket, State } from '../state.ts';
import { basketLines, missingPaymentMethod } from './basket.ts';
import { customerOf } from './customers.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { integer, metadata, type Params, required, text } from './params.ts';
import type { Call, Route } from './route.ts';
import { invalid, missing } from './stripe-error.ts';

const hour = 3600;

/** `/v1/checkout/sessions`, mode subscription on a hosted page. */
export const checkoutSessionRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/checkout/sessions',
    params: [
      'mode',
      'ui_mode',
      'customer',
      'customer_email',
      'client_reference_id',
      'success_url',
      'cancel_url',
      'expires_at',
      'metadata.*',
      'locale',
      'payment_method_collection',
      'line_items[].price',
      'line_items[].quantity',
      'subscription_data.metadata.*',
      'subscription_data.description',
      'subscription_data.trial_period_days',
      'subscription_data.trial_end',
      'subscription_data.billing_cycle_anchor',
      'subscription_data.proration_behavior',
      'subscription_data.trial_settings.end_behavior.missing_payment_method',
    ],
    handle: (call) => createSession(call),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions',
    params: [...pageParams, ...createdParams, 'customer', 'status', 'subscription'],
    handle({ runtime, params }) {
      const keep = (session: CheckoutSession) =>
        isAsked(params, 'customer', session.customer) &&
        isAsked(params, 'status', session.status) &&
        isAsked(params, 'subscription', session.subscription);
      return page(params, '/v1/checkout/sessions', newestFirst(params, runtime.state.sessions, keep));
    },
  },
  { method: 'GET', path: '/v1/checkout/sessions/:id', params: [], handle: ({ runtime, path }) => sessionOf(runtime.state, path.id) },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    params: pageParams,
    handle({ runtime, params, path }) {
      const session = sessionOf(runtime.state, path.id);
      return page(params, `/v1/checkout/sessions/${session.id}/line_items`, lineItems(runtime, session.id));
    },
  },
  {
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    params: [],
    handle({ runtime, path }) {
      const session = sessionOf(runtime.state, path.id);
      expireSession(runtime, session);
      return session;
    },
  },
];

/** @throws StripeError 404 */
export function sessionOf(state: State, id: string | undefined): CheckoutSession {
  const session = state.sessions[id ?? ''];
  if (!session) throw missing('checkout.session', id ?? '');
  return session;
}

function createSession({ runtime, params, pages }: Call): CheckoutSession {
  if (required(params, 'mode') !== 'subscription') throw invalid('The sandbox supports only `mode: subscription`.', 'mode');
  const customer = text(params, 'customer') ?? null;
  const customerEmail = text(params, 'customer_email') ?? null;
  if (customer && customerEmail) throw invalid('You may only specify one of these parameters: customer, customer_email.', 'customer');
  if (customerEmail && !customerEmail.includes('@'))
    throw invalid(`Invalid email address: ${customerEmail}`, 'customer_email', 'email_invalid');
  if (customer) customerOf(runtime.state, customer, 'customer');
  return makeSession(runtime, {
    customer,
    customerEmail,
    clientReferenceId: text(params, 'client_reference_id') ?? null,
    successUrl: required(params, 'success_url'),
    cancelUrl: text(params, 'cancel_url') ?? null,
    expiresAt: expiryOf(runtime, params),
    paymentMethodCollection: text(params, 'payment_method_collection') ?? 'always',
    metadata: metadata(params, 'metadata'),
    basket: basketOf(runtime, params),
    pages,
  });
}

function basketOf(runtime: Runtime, params: Params): Basket {
  return {
    lines: basketLines(runtime, { params, name: 'line_items' }),
    trialPeriodDays: integer(params, 'subscription_data.trial_period_days') ?? null,
    trialEnd: integer(params, 'subscription_data.trial_end') ?? null,
    billingCycleAnchor: integer(params, 'subscription_data.billing_cycle_anchor') ?? null,
    missingPaymentMethod: missingPaymentMethod(params, 'subscription_data.trial_settings.end_behavior.missing_payment_method'),
    metadata: metadata(params, 'subscription_data.metadata'),
    description: text(params, 'subscription_data.description') ?? null,
  };
}

/** Between 30 minutes and 24 hours from now; 24 hours by default. */
function expiryOf(runtime: Runtime, params: Params): number {
  const now = runtime.now();
  const at = integer(params, 'expires_at') ?? now + 24 * hour;
  if (at < now + hour / 2 - 5)
    throw invalid('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', 'expires_at');
  if (at > now + 24 * hour + 5)
    throw invalid('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', 'expires_at');
  return at;
}
