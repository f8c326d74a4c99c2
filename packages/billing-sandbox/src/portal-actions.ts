import { missing } from './api/stripe-error.ts';
import { cancelNow, setCancelAtPeriodEnd } from './engine/cancel.ts';
import { changeCard } from './engine/change-card.ts';
import { changePrice } from './engine/change-items.ts';
import { payOpenInvoices } from './engine/pay-invoice.ts';
import type { Customer, Invoice, PaymentMethod, PortalSession, Price, Product, Subscription } from './objects/types.ts';
import type { Runtime } from './runtime.ts';
import type { State } from './state.ts';

/** The data of a portal page. */
export type PortalView = {
  session: PortalSession;
  customer: Customer;
  /** Newest first. */
  subscriptions: { subscription: Subscription; price: Price | null; product: Product | null; openInvoices: Invoice[] }[];
  /** The customer's invoices without drafts, newest first. */
  invoices: Invoice[];
  /** The default card, or null. */
  card: PaymentMethod | null;
  /** The account's active recurring prices, to change to. */
  prices: { price: Price; product: Product }[];
};

/** The data of a portal session; null if the session or its customer does not exist. */
export function portalView(state: State, sessionId: string): PortalView | null {
  const session = state.portalSessions[sessionId];
  const customer = session && state.customers[session.customer];
  if (!session || !customer) return null;
  const subscriptions = Object.values(state.subscriptions)
    .filter((subscription) => subscription.customer === customer.id)
    .reverse()
    .map((subscription) => {
      const price = subscription.items.data[0]?.price ?? null;
      return {
        subscription,
        price,
        product: (price && state.products[price.product]) ?? null,
        openInvoices: Object.values(state.invoices).filter(
          (invoice) => invoice.status === 'open' && invoice.parent?.subscription_details.subscription === subscription.id,
        ),
      };
    });
  const prices = Object.values(state.prices)
    .filter((price) => price.active && price.recurring !== null)
    .flatMap((price) => {
      const product = state.products[price.product];
      return product ? [{ price, product }] : [];
    });
  const invoices = Object.values(state.invoices)
    .filter((invoice) => invoice.customer === customer.id && invoice.status !== 'draft')
    .reverse();
  const card = customer.invoice_settings.default_payment_method;
  return { session, customer, subscriptions, invoices, card: state.paymentMethods[String(card)] ?? null, prices };
}

/** The portal's actions. Each throws a `StripeError` for a subscription of another customer. */
export type PortalActions = {
  cancelAtPeriodEnd(sessionId: string, subscriptionId: string): void;
  cancelNow(sessionId: string, subscriptionId: string): void;
  /** Undoes a scheduled cancellation. */
  resume(sessionId: string, subscriptionId: string): void;
  changePlan(sessionId: string, subscriptionId: string, priceId: string): void;
  payOpenInvoices(sessionId: string): void;
  /** Replaces the card; `declines`: with one that declines every payment. */
  changeCard(sessionId: string, declines: boolean): void;
};

export function createPortalActions(runtime: Runtime): PortalActions {
  const own = (sessionId: string, subscriptionId: string): Subscription => {
    const found = portalView(runtime.state, sessionId)?.subscriptions.find(({ subscription }) => subscription.id === subscriptionId);
    if (!found) throw missing('subscription', subscriptionId);
    return found.subscription;
  };
  const customerOf = (sessionId: string): Customer => {
    const view = portalView(runtime.state, sessionId);
    if (!view) throw missing('portal session', sessionId);
    return view.customer;
  };
  return {
    cancelAtPeriodEnd: (sessionId, subscriptionId) => setCancelAtPeriodEnd(runtime, own(sessionId, subscriptionId), true),
    cancelNow: (sessionId, subscriptionId) => cancelNow(runtime, own(sessionId, subscriptionId), 'cancellation_requested'),
    resume: (sessionId, subscriptionId) => setCancelAtPeriodEnd(runtime, own(sessionId, subscriptionId), false),
    changePlan: (sessionId, subscriptionId, priceId) =>
      changePrice(runtime, { subscription: own(sessionId, subscriptionId), priceId, anchor: 'unchanged' }),
    payOpenInvoices: (sessionId) => void payOpenInvoices(runtime, customerOf(sessionId).id),
    changeCard: (sessionId, declines) => changeCard(runtime, customerOf(sessionId), declines),
  };
}
