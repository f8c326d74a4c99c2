import { missing } from './api/stripe-error.ts';
import { cancelNow, setCancelAtPeriodEnd } from './engine/cancel.ts';
import { changePrice } from './engine/change-items.ts';
import { payOpenInvoices } from './engine/pay-invoice.ts';
import type { Customer, Invoice, PortalSession, Price, Product, Subscription } from './objects/types.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** What the portal's page shows. */
export type PortalView = {
  session: PortalSession;
  customer: Customer;
  /** Newest first. */
  subscriptions: { subscription: Subscription; price: Price | null; product: Product | null; openInvoices: Invoice[] }[];
  /** The account's active recurring prices, to change to. */
  prices: { price: Price; product: Product }[];
};

/** What the portal of this session shows, or null when the session or its customer does not exist. */
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
  return { session, customer, subscriptions, prices };
}

/** What the portal's buttons do. Each throws a `StripeError` when the session does not lead to the subscription. */
export type PortalActions = {
  cancelAtPeriodEnd(sessionId: string, subscriptionId: string): void;
  cancelNow(sessionId: string, subscriptionId: string): void;
  /** Takes a planned cancellation back. */
  resume(sessionId: string, subscriptionId: string): void;
  changePlan(sessionId: string, subscriptionId: string, priceId: string): void;
  payOpenInvoices(sessionId: string): void;
};

export function createPortalActions(world: World): PortalActions {
  const own = (sessionId: string, subscriptionId: string): Subscription => {
    const found = portalView(world.state, sessionId)?.subscriptions.find(({ subscription }) => subscription.id === subscriptionId);
    if (!found) throw missing('subscription', subscriptionId);
    return found.subscription;
  };
  return {
    cancelAtPeriodEnd: (sessionId, subscriptionId) => setCancelAtPeriodEnd(world, own(sessionId, subscriptionId), true),
    cancelNow: (sessionId, subscriptionId) => cancelNow(world, own(sessionId, subscriptionId), 'cancellation_requested'),
    resume: (sessionId, subscriptionId) => setCancelAtPeriodEnd(world, own(sessionId, subscriptionId), false),
    changePlan: (sessionId, subscriptionId, priceId) =>
      changePrice(world, { subscription: own(sessionId, subscriptionId), priceId, anchor: 'unchanged' }),
    payOpenInvoices(sessionId) {
      const view = portalView(world.state, sessionId);
      if (!view) throw missing('portal session', sessionId);
      payOpenInvoices(world, view.customer.id);
    },
  };
}
