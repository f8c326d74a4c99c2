import type { Runtime } from '../runtime.ts';
import type { Charge, Invoice, InvoicePayment, PaymentIntent, Refund } from './types.ts';

/** Creates the payment intent of a finalized invoice and the invoice payment that links them. */
export function makePaymentIntent(runtime: Runtime, invoice: Invoice, method: string | null): PaymentIntent {
  const id = runtime.id('pi_');
  const intent: PaymentIntent = {
    ...emptyIntent,
    id,
    amount: invoice.amount_due,
    client_secret: `${id}_secret_${runtime.secret()}`,
    created: runtime.now(),
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
    metadata: {},
    payment_method: method,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
  };
  runtime.state.paymentIntents[id] = intent;
  const payment: InvoicePayment = {
    id: runtime.id('inpay_'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: runtime.now(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
  runtime.state.invoicePayments[payment.id] = payment;
  return intent;
}

/** Creates the charge of one payment attempt, paid or declined. */
export function makeCharge(runtime: Runtime, intent: PaymentIntent, outcome: { paid: boolean; email: string | null }): Charge {
  const { paid } = outcome;
  const charge: Charge = {
    ...emptyCharge,
    id: runtime.id('ch_'),
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    billing_details: { address: null, email: outcome.email, name: null, phone: null, tax_id: null },
    captured: paid,
    created: runtime.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    failure_code: paid ? null : 'card_declined',
    failure_message: paid ? null : 'Your card was declined.',
    metadata: {},
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: paid ? 'approved_by_network' : 'declined_by_network',
      reason: paid ? null : 'generic_decline',
      risk_level: 'normal',
      seller_message: paid ? 'Payment complete.' : 'The bank did not return any further details with this decline.',
      type: paid ? 'authorized' : 'issuer_declined',
    },
    paid,
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    receipt_email: outcome.email,
    status: paid ? 'succeeded' : 'failed',
  };
  runtime.state.charges[charge.id] = charge;
  return charge;
}

/** Creates a succeeded refund. The caller changes the charge and emits the events. */
export function makeRefund(runtime: Runtime, charge: Charge, fields: { amount: number; reason: string | null }): Refund {
  const refund: Refund = {
    id: runtime.id('re_'),
    object: 'refund',
    amount: fields.amount,
    balance_transaction: null,
    charge: charge.id,
    created: runtime.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: fields.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
  runtime.state.refunds[refund.id] = refund;
  return refund;
}

const emptyIntent = {
  object: 'payment_intent',
  allowed_payment_method_types: null,
  amount_capturable: 0,
  amount_received: 0,
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  canceled_at: null,
  cancellation_reason: null,
  capture_method: 'automatic',
  confirmation_method: 'automatic',
  customer_account: null,
  excluded_payment_method_types: null,
  last_payment_error: null,
  latest_charge: null,
  livemode: false,
  managed_payments: null,
  next_action: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_method_options: null,
  payment_method_types: ['card'],
  payment_record: null,
  processing: null,
  receipt_email: null,
  review: null,
  setup_future_usage: 'off_session',
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} satisfies Partial<PaymentIntent>;

const emptyCharge = {
  object: 'charge',
  amount_refunded: 0,
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: null,
  calculated_statement_descriptor: 'LOCAL SANDBOX',
  disputed: false,
  failure_balance_transaction: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  payment_method_details: null,
  receipt_number: null,
  receipt_url: null,
  refunded: false,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} satisfies Partial<Charge>;
