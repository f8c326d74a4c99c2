import { type Static, Type } from 'typebox';
import { CLOSED, Email, nullable, Slug, stringEnum } from '../../http/fields.ts';
import { Plan } from '../../plans/schema.ts';
import { PUSH_ACTIONS } from './push-rules.ts';

const TextOrNull = nullable(Type.String());

export const SessionId = Type.String({ pattern: '^[A-Za-z0-9_]{1,200}$', description: 'the id of a checkout session' });

export const PlanOffer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  price: Plan.properties.price,
  quota: Plan.properties.quota,
  rate: Plan.properties.rate,
  apis: Plan.properties.apis,
  forSale: Type.Boolean({ description: 'whether the plan can be bought now' }),
});
export type PlanOffer = Static<typeof PlanOffer>;

export const NewCheckout = Type.Object(
  {
    plan: Slug,
    email: Type.Optional(
      nullable(
        Type.String({
          ...Email,
          description: 'an email address: prefilled on the payment page; with an API key it must be that of its customer',
        }),
      ),
    ),
  },
  CLOSED,
);
export type NewCheckout = Static<typeof NewCheckout>;

export const Checkout = Type.Object({
  url: Type.String({ description: 'the payment page; redirect the browser there' }),
  sessionId: Type.String(),
});
export type Checkout = Static<typeof Checkout>;

export const CheckoutQuery = Type.Object({ session_id: SessionId }, CLOSED);

export const CHECKOUT_STATES = ['open', 'processing', 'ready', 'suspended', 'claimed', 'expired'] as const;

export const CheckoutState = Type.Object({
  state: stringEnum(CHECKOUT_STATES, {
    description:
      '`open`: not paid; `processing`: paid, access not active yet; `ready`: the key can be claimed; `suspended`: paid, access suspended; `claimed`: the key was used; `expired`: no key can be claimed',
  }),
  plan: Type.String(),
  claimable: Type.Boolean({ description: 'whether this browser may claim the key now' }),
});
export type CheckoutState = Static<typeof CheckoutState>;

export const ClaimRequest = Type.Object({ sessionId: SessionId }, CLOSED);

export const PortalRequest = Type.Object(
  { email: Type.Optional(nullable(Type.String({ ...Email, description: 'the email address of the key’s customer' }))) },
  CLOSED,
);

export const Portal = Type.Object({ url: Type.String({ description: 'Stripe’s customer portal' }) });

export const PushRequest = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ default: false, description: 'true: show the changes without writing' })) },
  CLOSED,
);

export const PushResult = Type.Object({
  plan: Type.String(),
  action: stringEnum(PUSH_ACTIONS),
  priceId: TextOrNull,
  productId: TextOrNull,
  detail: Type.String(),
});
export type PushResult = Static<typeof PushResult>;

/** Security of a route that takes an API key, but works without one. */
export const WITH_KEY = { security: [{}, { bearerAuth: [] }, { apiKeyAuth: [] }] };

/** Problems of a request that proves with a key and an email address who the customer is. */
export const KEY_PROBLEMS = ['BILLING_OFF', 'VALIDATION_FAILED', 'MALFORMED_JSON', 'KEY_SUSPENDED', 'CUSTOMER_NOT_PROVEN'] as const;

/** Problems of a request that calls Stripe. */
export const STRIPE_PROBLEMS = ['STRIPE_UNAVAILABLE', 'STRIPE_REJECTED'] as const;
