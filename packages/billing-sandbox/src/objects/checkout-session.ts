import type { Runtime } from '../runtime.ts';
import type { Basket } from '../state.ts';
import { total } from './invoice.ts';
import type { CheckoutSession, LineItem, Metadata, Price } from './types.ts';

export type SessionFields = {
  customer: string | null;
  customerEmail: string | null;
  clientReferenceId: string | null;
  successUrl: string | null;
  cancelUrl: string | null;
  expiresAt: number;
  paymentMethodCollection: string;
  metadata: Metadata;
  basket: Basket;
  /** Base URL of the pay pages, such as `http://127.0.0.1:8790`. */
  pages: string;
};

/** Creates an open checkout session with mode subscription. */
export function makeSession(runtime: Runtime, fields: SessionFields): CheckoutSession {
  const id = runtime.id('cs_test_');
  const amount = fields.basket.trialPeriodDays || fields.basket.trialEnd ? 0 : total(runtime, fields.basket.lines);
  const session: CheckoutSession = {
    ...empty,
    id,
    amount_subtotal: amount,
    amount_total: amount,
    cancel_url: fields.cancelUrl,
    client_reference_id: fields.clientReferenceId,
    created: runtime.now(),
    currency: runtime.state.prices[fields.basket.lines[0]?.price ?? '']?.currency ?? null,
    customer: fields.customer,
    customer_details: fields.customerEmail ? details(fields.customerEmail, null) : null,
    customer_email: fields.customerEmail,
    expires_at: fields.expiresAt,
    metadata: fields.metadata,
    payment_method_collection: fields.paymentMethodCollection,
    success_url: fields.successUrl,
    url: `${fields.pages}/pay/${id}`,
  };
  runtime.state.sessions[id] = session;
  runtime.state.inner.basket[id] = fields.basket;
  return session;
}

/** The buyer's details in a completed session. */
export function details(email: string | null, name: string | null): NonNullable<CheckoutSession['customer_details']> {
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  };
}

/** The lines of a session: `checkout.sessions.listLineItems` and `expand: ['line_items']`. */
export function lineItems(runtime: Runtime, sessionId: string): LineItem[] {
  return (runtime.state.inner.basket[sessionId]?.lines ?? []).flatMap(({ price: id, quantity }, index) => {
    const price = runtime.state.prices[id];
    return price ? [lineItem(runtime, { id: `li_${sessionId.slice(8)}${index}`, price, quantity })] : [];
  });
}

function lineItem(runtime: Runtime, line: { id: string; price: Price; quantity: number }): LineItem {
  const amount = (line.price.unit_amount ?? 0) * line.quantity;
  return {
    id: line.id,
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: line.price.currency,
    description: runtime.state.products[line.price.product]?.name ?? null,
    metadata: {},
    price: line.price,
    quantity: line.quantity,
  };
}

const empty = {
  object: 'checkout.session',
  adaptive_pricing: { enabled: false },
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [] as never[],
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  customer_creation: 'always',
  discounts: [],
  integration_identifier: null,
  invoice: null,
  invoice_creation: null,
  livemode: false,
  locale: null,
  managed_payments: null,
  mode: 'subscription',
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: null,
  payment_method_types: ['card'],
  payment_status: 'unpaid',
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [] as never[],
  status: 'open',
  submit_type: null,
  subscription: null,
  total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  ui_mode: 'hosted_page',
  wallet_options: null,
} satisfies Partial<CheckoutSession>;
