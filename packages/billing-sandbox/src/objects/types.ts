import type { Stripe } from 'stripe';

/**
 * The objects on the wire: the types of the `stripe` package, with decimals as strings and ids in
 * place of expandable objects. The compiler thus finds a missing field before the conformance check
 * does.
 */
type Wire<T, Changes> = Omit<T, keyof Changes | 'deleted'> & Changes;

export type Metadata = Record<string, string>;
export type List<T> = { object: 'list'; data: T[]; has_more: boolean; url: string };
export type Deleted = { id: string; object: string; deleted: true };

export type Customer = Wire<
  Stripe.Customer,
  { discount: null; default_source: null; invoice_settings: Stripe.Customer.InvoiceSettings; test_clock: string | null; metadata: Metadata }
>;
export type Product = Wire<Stripe.Product, { default_price: string | null; tax_code: null; metadata: Metadata }>;
export type Recurring = Stripe.Price.Recurring;
export type Price = Wire<
  Stripe.Price,
  { product: string; unit_amount_decimal: string | null; currency_options?: never; tiers?: never; metadata: Metadata }
>;
export type Plan = Wire<Stripe.Plan, { product: string; amount_decimal: string | null; tiers?: never }>;
export type CheckoutSession = Wire<
  Stripe.Checkout.Session,
  {
    customer: string | null;
    subscription: string | null;
    invoice: string | null;
    payment_intent: null;
    currency_conversion: null;
    line_items?: never;
    metadata: Metadata;
    status: 'open' | 'complete' | 'expired';
  }
>;
export type LineItem = Wire<Stripe.LineItem, { price: Price | null }>;
export type SubscriptionItem = Wire<Stripe.SubscriptionItem, { price: Price; plan: Plan; discounts: string[]; metadata: Metadata }>;
export type Subscription = Wire<
  Stripe.Subscription,
  {
    customer: string;
    items: List<SubscriptionItem>;
    latest_invoice: string | null;
    default_payment_method: string | null;
    pending_update: null;
    discounts: string[];
    test_clock: string | null;
    metadata: Metadata;
  }
>;
export type InvoiceLine = Wire<
  Stripe.InvoiceLineItem,
  {
    quantity_decimal: string | null;
    pricing: { type: 'price_details'; price_details: { price: string; product: string }; unit_amount_decimal: string | null };
    subscription: string | null;
    discounts: string[];
  }
>;
export type Invoice = Wire<
  Stripe.Invoice,
  {
    customer: string;
    lines: List<InvoiceLine>;
    parent: {
      quote_details: null;
      subscription_details: { metadata: Metadata | null; subscription: string };
      type: 'subscription_details';
    } | null;
    payments?: never;
    last_finalization_error: null;
    discounts: string[];
    latest_revision: null;
    default_payment_method: string | null;
    status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
    test_clock: string | null;
    metadata: Metadata;
  }
>;
export type InvoicePayment = Wire<Stripe.InvoicePayment, { invoice: string; payment: { type: 'payment_intent'; payment_intent: string } }>;
export type PaymentMethod = Wire<Stripe.PaymentMethod, { customer: string | null; metadata: Metadata }>;
export type PaymentIntent = Wire<
  Stripe.PaymentIntent,
  {
    customer: string | null;
    latest_charge: string | null;
    payment_method: string | null;
    last_payment_error: { type: 'card_error'; code: 'card_declined'; decline_code: string; message: string; charge: string } | null;
    metadata: Metadata;
  }
>;
export type Charge = Wire<
  Stripe.Charge,
  { customer: string | null; payment_intent: string | null; refunds?: never; balance_transaction: null; metadata: Metadata }
>;
export type Dispute = Wire<
  Stripe.Dispute,
  { charge: string; payment_intent: string | null; balance_transactions: never[]; evidence: Stripe.Dispute.Evidence; metadata: Metadata }
>;
export type Refund = Wire<
  Stripe.Refund,
  { charge: string | null; payment_intent: string | null; customer: string | null; metadata: Metadata }
>;
export type PortalSession = Wire<Stripe.BillingPortal.Session, { configuration: string; flow: null }>;
export type WebhookEndpoint = Wire<Stripe.WebhookEndpoint, { metadata: Metadata }>;
export type TestClock = Wire<Stripe.TestHelpers.TestClock, { deleted?: never }>;
export type FraudWarning = Wire<Stripe.Radar.EarlyFraudWarning, { charge: string; payment_intent: string }>;
export type Event = {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> };
  livemode: boolean;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
};
