import type {
  Charge,
  CheckoutSession,
  Customer,
  Deleted,
  Dispute,
  Event,
  FraudWarning,
  Invoice,
  InvoicePayment,
  PaymentIntent,
  PaymentMethod,
  PortalSession,
  Price,
  Product,
  Refund,
  Subscription,
  WebhookEndpoint,
} from './objects/types.ts';

/**
 * The whole state; one JSON file if there is a directory. Maps are keyed by Stripe id, in order of
 * creation.
 */
export type State = {
  /** How many seconds the sandbox's clock is ahead of real time. */
  advancedSeconds: number;
  /** What happens to a subscription after its last retry fails (an account setting at Stripe). */
  afterRetries: AfterRetries;
  customers: Record<string, Customer>;
  products: Record<string, Product>;
  prices: Record<string, Price>;
  sessions: Record<string, CheckoutSession>;
  subscriptions: Record<string, Subscription>;
  invoices: Record<string, Invoice>;
  invoicePayments: Record<string, InvoicePayment>;
  paymentIntents: Record<string, PaymentIntent>;
  paymentMethods: Record<string, PaymentMethod>;
  charges: Record<string, Charge>;
  disputes: Record<string, Dispute>;
  refunds: Record<string, Refund>;
  portalSessions: Record<string, PortalSession>;
  webhookEndpoints: Record<string, WebhookEndpoint>;
  fraudWarnings: Record<string, FraudWarning>;
  events: Record<string, Event>;
  /** Deleted objects: id → Stripe's response from then on. */
  deleted: Record<string, Deleted>;
  /** Internal state that is not part of any Stripe object. */
  inner: Inner;
};

export type AfterRetries = 'unpaid' | 'cancel' | 'past_due';

export type Inner = {
  /** Checkout session → what it sells. */
  basket: Record<string, Basket>;
  /** Checkout session → the incomplete subscription that a declined attempt left. */
  attempts: Record<string, string>;
  /** Customer → how many of its next payments fail. */
  failures: Record<string, number>;
  /** Subscriptions whose trial end was announced. */
  trialAnnounced: Record<string, true>;
  /** Webhook endpoint → its signing secret. */
  webhookSecrets: Record<string, string>;
  /** Event → number of deliveries answered with 2xx. */
  delivered: Record<string, number>;
  /** Idempotency key → its response, kept for a day as at Stripe. */
  idempotency: Record<string, { at: number; request: string; status: number; body: string }>;
};

export type Basket = {
  lines: { price: string; quantity: number }[];
  trialPeriodDays: number | null;
  trialEnd: number | null;
  billingCycleAnchor: number | null;
  missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause';
  metadata: Record<string, string>;
  description: string | null;
};

/** The state of an empty account. */
export function createState(): State {
  return {
    advancedSeconds: 0,
    afterRetries: 'unpaid',
    customers: map(),
    products: map(),
    prices: map(),
    sessions: map(),
    subscriptions: map(),
    invoices: map(),
    invoicePayments: map(),
    paymentIntents: map(),
    paymentMethods: map(),
    charges: map(),
    disputes: map(),
    refunds: map(),
    portalSessions: map(),
    webhookEndpoints: map(),
    fraudWarnings: map(),
    events: map(),
    deleted: map(),
    inner: {
      basket: map(),
      attempts: map(),
      failures: map(),
      trialAnnounced: map(),
      webhookSecrets: map(),
      delivered: map(),
      idempotency: map(),
    },
  };
}

/** The state of a file; maps that are missing in an older file are empty. */
export function restoreState(kept: Partial<State>): State {
  const state = createState();
  fill(state, kept);
  return state;
}

function fill(empty: object, kept: object): void {
  for (const [key, value] of Object.entries(kept)) {
    if (!Object.hasOwn(empty, key)) continue;
    const current = (empty as Record<string, unknown>)[key];
    if (typeof current !== 'object') (empty as Record<string, unknown>)[key] = value;
    else if (key === 'inner') fill(current as object, value as object);
    else Object.assign(current as object, value);
  }
}

/** Without a prototype, so that an id such as `constructor` finds nothing. */
function map<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
