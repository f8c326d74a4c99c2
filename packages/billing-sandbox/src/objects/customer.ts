import { clockId } from '../api-version.ts';
import type { Runtime } from '../runtime.ts';
import type { Customer, Metadata, PaymentMethod } from './types.ts';

export type CustomerFields = {
  email: string | null;
  name: string | null;
  description: string | null;
  phone: string | null;
  metadata: Metadata;
};

/** Creates a customer without a payment method. The caller emits `customer.created`. */
export function makeCustomer(runtime: Runtime, fields: CustomerFields): Customer {
  const customer: Customer = {
    id: runtime.id('cus_'),
    object: 'customer',
    address: null,
    balance: 0,
    created: runtime.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: fields.description,
    discount: null,
    email: fields.email,
    invoice_prefix: runtime.secret().slice(0, 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: fields.metadata,
    name: fields.name,
    next_invoice_sequence: 1,
    phone: fields.phone,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: clockId,
  };
  runtime.state.customers[customer.id] = customer;
  return customer;
}

/**
 * Creates a default card if the customer has none. With `declines`, the card declines every
 * payment. Returns the default card's id.
 */
export function attachCard(runtime: Runtime, customer: Customer, declines = false): string {
  const current = customer.invoice_settings.default_payment_method;
  if (typeof current === 'string') return current;
  const method = makeCard(runtime, customer.id, declines);
  customer.invoice_settings.default_payment_method = method.id;
  return method.id;
}

/** The last digits of Stripe's test card that can be attached but declines every payment. */
export const decliningLast4 = '0341';

/** Creates a card of the customer. The caller makes it the default and emits the events. */
export function makeCard(runtime: Runtime, customer: string, declines: boolean): PaymentMethod {
  const method: PaymentMethod = {
    id: runtime.id('pm_'),
    object: 'payment_method',
    allow_redisplay: 'always',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: {
      brand: 'visa',
      checks: null,
      country: 'US',
      display_brand: 'visa',
      exp_month: 12,
      exp_year: new Date(runtime.now() * 1000).getUTCFullYear() + 5,
      fingerprint: null,
      funding: 'credit',
      generated_from: null,
      last4: declines ? decliningLast4 : '4242',
      networks: null,
      regulated_status: null,
      three_d_secure_usage: null,
      wallet: null,
    },
    created: runtime.now(),
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
  runtime.state.paymentMethods[method.id] = method;
  return method;
}
