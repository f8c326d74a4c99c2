import { clockId } from '../api-version.ts';
import type { Runtime } from '../runtime.ts';
import type { Invoice, InvoiceLine, Subscription, SubscriptionItem } from './types.ts';

export type InvoiceFields = {
  subscription: Subscription;
  reason: string;
  /** The billed period of the items, in seconds. */
  period: { start: number; end: number };
  /** For a trial: the amount is zero. */
  free: boolean;
};

/**
 * Creates a draft invoice for a subscription's items. The caller emits `invoice.created` and
 * collects it.
 */
export function makeInvoice(runtime: Runtime, { subscription, reason, period, free }: InvoiceFields): Invoice {
  const id = runtime.id('in_');
  const customer = runtime.state.customers[subscription.customer];
  const lines = subscription.items.data.map((item) => makeLine(runtime, { invoice: id, item, period, free }));
  const amount = lines.reduce((sum, line) => sum + line.amount, 0);
  const invoice: Invoice = {
    ...empty,
    id,
    amount_due: amount,
    amount_remaining: amount,
    billing_reason: reason,
    collection_method: subscription.collection_method,
    created: runtime.now(),
    currency: subscription.currency,
    customer: subscription.customer,
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    customer_phone: customer?.phone ?? null,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    metadata: {},
    parent: {
      quote_details: null,
      subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id },
      type: 'subscription_details',
    },
    period_end: runtime.now(),
    period_start: reason === 'subscription_cycle' ? (subscription.items.data[0]?.current_period_start ?? runtime.now()) : runtime.now(),
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: amount,
    subtotal_excluding_tax: amount,
    test_clock: clockId,
    total: amount,
    total_excluding_tax: amount,
  };
  runtime.state.invoices[id] = invoice;
  return invoice;
}

/** The total of the lines in the currency's smallest unit. */
export function total(runtime: Runtime, lines: { price: string; quantity: number }[]): number {
  return lines.reduce((sum, { price, quantity }) => sum + (runtime.state.prices[price]?.unit_amount ?? 0) * quantity, 0);
}

function makeLine(
  runtime: Runtime,
  { invoice, item, period, free }: { invoice: string; item: SubscriptionItem; period: { start: number; end: number }; free: boolean },
): InvoiceLine {
  const quantity = item.quantity ?? 1;
  const amount = free ? 0 : (item.price.unit_amount ?? 0) * quantity;
  const name = runtime.state.products[item.price.product]?.name ?? item.price.id;
  return {
    id: runtime.id('il_'),
    object: 'line_item',
    amount,
    currency: item.price.currency,
    description: free ? `Trial period for ${name}` : `${quantity} × ${name}`,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: free ? '0' : item.price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: item.subscription,
    subtotal: amount,
    taxes: [],
  };
}

const empty = {
  object: 'invoice',
  account_country: 'US',
  account_name: 'Local sandbox',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_paid: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  auto_advance: true,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  automatically_finalizes_at: null,
  custom_fields: null,
  customer_account: null,
  customer_address: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [] as string[],
  due_date: null,
  effective_at: null,
  ending_balance: null,
  footer: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  next_payment_attempt: null,
  number: null,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: 'draft',
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
} satisfies Partial<Invoice>;
