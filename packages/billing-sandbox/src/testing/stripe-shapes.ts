import type { Stripe } from 'stripe';

/**
 * Every Stripe object that the sandbox returns or emits, by its `object` type. The conformance
 * check generates its JSON Schema from this file. `… deleted` is returned for a deleted object.
 */
export interface Shapes {
  account: Stripe.Account;
  'billing_portal.session': Stripe.BillingPortal.Session;
  charge: Stripe.Charge;
  'checkout.session': Stripe.Checkout.Session;
  customer: Stripe.Customer;
  'customer deleted': Stripe.DeletedCustomer;
  dispute: Stripe.Dispute;
  invoice: Stripe.Invoice;
  'invoice deleted': Stripe.DeletedInvoice;
  invoice_payment: Stripe.InvoicePayment;
  line_item: Stripe.InvoiceLineItem;
  item: Stripe.LineItem;
  payment_intent: Stripe.PaymentIntent;
  payment_method: Stripe.PaymentMethod;
  price: Stripe.Price;
  'price deleted': Stripe.DeletedPrice;
  product: Stripe.Product;
  'product deleted': Stripe.DeletedProduct;
  'radar.early_fraud_warning': Stripe.Radar.EarlyFraudWarning;
  refund: Stripe.Refund;
  subscription: Stripe.Subscription;
  subscription_item: Stripe.SubscriptionItem;
  'subscription_item deleted': Stripe.DeletedSubscriptionItem;
  'test_helpers.test_clock': Stripe.TestHelpers.TestClock;
  'test_helpers.test_clock deleted': Stripe.TestHelpers.DeletedTestClock;
  webhook_endpoint: Stripe.WebhookEndpoint;
  'webhook_endpoint deleted': Stripe.DeletedWebhookEndpoint;
  /**
   * `Stripe.Event` is a union over all of Stripe's objects; the object inside is checked by its own
   * type.
   */
  event: Omit<Stripe.EventBase, 'data'> & { data: { object: object; previous_attributes?: Record<string, unknown> } };
  /** The items are checked by their own types. */
  list: Omit<Stripe.ApiList<object>, 'data'> & { data: object[] };
  error: { error: StripeError };
}

/** The error of a response. The package exports no type for it. */
interface StripeError {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string | null;
  param?: string | null;
  decline_code?: string | null;
  doc_url?: string;
  request_log_url?: string;
  charge?: string;
  payment_intent?: Stripe.PaymentIntent;
  payment_method?: Stripe.PaymentMethod;
}

type None = Record<never, never>;

/** The parameters of every supported call, by method and path; `*` stands for an id. */
export interface Parameters {
  'GET /v1/account': Stripe.AccountRetrieveCurrentParams;
  'GET /v1/billing_portal/configurations': Stripe.BillingPortal.ConfigurationListParams;
  'POST /v1/billing_portal/sessions': Stripe.BillingPortal.SessionCreateParams;
  'GET /v1/charges': Stripe.ChargeListParams;
  'GET /v1/charges/*': Stripe.ChargeRetrieveParams;
  'POST /v1/charges/*': Stripe.ChargeUpdateParams;
  'GET /v1/checkout/sessions': Stripe.Checkout.SessionListParams;
  'POST /v1/checkout/sessions': Stripe.Checkout.SessionCreateParams;
  'GET /v1/checkout/sessions/*': Stripe.Checkout.SessionRetrieveParams;
  'POST /v1/checkout/sessions/*': Stripe.Checkout.SessionUpdateParams;
  'POST /v1/checkout/sessions/*/expire': Stripe.Checkout.SessionExpireParams;
  'GET /v1/checkout/sessions/*/line_items': Stripe.Checkout.SessionListLineItemsParams;
  'GET /v1/customers': Stripe.CustomerListParams;
  'POST /v1/customers': Stripe.CustomerCreateParams;
  'GET /v1/customers/*': Stripe.CustomerRetrieveParams;
  'POST /v1/customers/*': Stripe.CustomerUpdateParams;
  'DELETE /v1/customers/*': None;
  'GET /v1/customers/*/payment_methods': Stripe.CustomerListPaymentMethodsParams;
  'GET /v1/disputes': Stripe.DisputeListParams;
  'GET /v1/disputes/*': Stripe.DisputeRetrieveParams;
  'POST /v1/disputes/*': Stripe.DisputeUpdateParams;
  'POST /v1/disputes/*/close': Stripe.DisputeCloseParams;
  'GET /v1/events': Stripe.EventListParams;
  'GET /v1/events/*': Stripe.EventRetrieveParams;
  'GET /v1/invoice_payments': Stripe.InvoicePaymentListParams;
  'GET /v1/invoice_payments/*': Stripe.InvoicePaymentRetrieveParams;
  'GET /v1/invoices': Stripe.InvoiceListParams;
  'POST /v1/invoices': Stripe.InvoiceCreateParams;
  'GET /v1/invoices/*': Stripe.InvoiceRetrieveParams;
  'POST /v1/invoices/*': Stripe.InvoiceUpdateParams;
  'GET /v1/invoices/*/lines': Stripe.InvoiceListLineItemsParams;
  'POST /v1/invoices/*/finalize': Stripe.InvoiceFinalizeInvoiceParams;
  'POST /v1/invoices/*/mark_uncollectible': Stripe.InvoiceMarkUncollectibleParams;
  'POST /v1/invoices/*/pay': Stripe.InvoicePayParams;
  'POST /v1/invoices/*/void': Stripe.InvoiceVoidInvoiceParams;
  'GET /v1/payment_intents': Stripe.PaymentIntentListParams;
  'GET /v1/payment_intents/*': Stripe.PaymentIntentRetrieveParams;
  'GET /v1/payment_methods/*': Stripe.PaymentMethodRetrieveParams;
  'GET /v1/prices': Stripe.PriceListParams;
  'POST /v1/prices': Stripe.PriceCreateParams;
  'GET /v1/prices/*': Stripe.PriceRetrieveParams;
  'POST /v1/prices/*': Stripe.PriceUpdateParams;
  'GET /v1/products': Stripe.ProductListParams;
  'POST /v1/products': Stripe.ProductCreateParams;
  'GET /v1/products/*': Stripe.ProductRetrieveParams;
  'POST /v1/products/*': Stripe.ProductUpdateParams;
  'DELETE /v1/products/*': None;
  'GET /v1/radar/early_fraud_warnings': Stripe.Radar.EarlyFraudWarningListParams;
  'GET /v1/radar/early_fraud_warnings/*': Stripe.Radar.EarlyFraudWarningRetrieveParams;
  'GET /v1/refunds': Stripe.RefundListParams;
  'POST /v1/refunds': Stripe.RefundCreateParams;
  'GET /v1/refunds/*': Stripe.RefundRetrieveParams;
  'GET /v1/subscription_items': Stripe.SubscriptionItemListParams;
  'POST /v1/subscription_items': Stripe.SubscriptionItemCreateParams;
  'GET /v1/subscription_items/*': Stripe.SubscriptionItemRetrieveParams;
  'POST /v1/subscription_items/*': Stripe.SubscriptionItemUpdateParams;
  'DELETE /v1/subscription_items/*': Stripe.SubscriptionItemDeleteParams;
  'GET /v1/subscriptions': Stripe.SubscriptionListParams;
  'POST /v1/subscriptions': Stripe.SubscriptionCreateParams;
  'GET /v1/subscriptions/*': Stripe.SubscriptionRetrieveParams;
  'POST /v1/subscriptions/*': Stripe.SubscriptionUpdateParams;
  'DELETE /v1/subscriptions/*': Stripe.SubscriptionCancelParams;
  'POST /v1/subscriptions/*/pause': Stripe.SubscriptionPauseParams;
  'POST /v1/subscriptions/*/resume': Stripe.SubscriptionResumeParams;
  'GET /v1/test_helpers/test_clocks': Stripe.TestHelpers.TestClockListParams;
  'POST /v1/test_helpers/test_clocks': Stripe.TestHelpers.TestClockCreateParams;
  'GET /v1/test_helpers/test_clocks/*': Stripe.TestHelpers.TestClockRetrieveParams;
  'DELETE /v1/test_helpers/test_clocks/*': Stripe.TestHelpers.TestClockDeleteParams;
  'POST /v1/test_helpers/test_clocks/*/advance': Stripe.TestHelpers.TestClockAdvanceParams;
  'GET /v1/webhook_endpoints': Stripe.WebhookEndpointListParams;
  'POST /v1/webhook_endpoints': Stripe.WebhookEndpointCreateParams;
  'GET /v1/webhook_endpoints/*': Stripe.WebhookEndpointRetrieveParams;
  'POST /v1/webhook_endpoints/*': Stripe.WebhookEndpointUpdateParams;
  'DELETE /v1/webhook_endpoints/*': None;
}
