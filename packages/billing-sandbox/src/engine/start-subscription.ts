import { makeInvoice } from '../objects/invoice.ts';
import { makeSubscription } from '../objects/subscription.ts';
import type { Invoice, Subscription } from '../objects/types.ts';
import type { Runtime } from '../runtime.ts';
import type { Basket } from '../state.ts';
import { attemptPayment, finalizeInvoice, markPaid, type Verdict } from './pay-invoice.ts';
import { nextBoundary } from './periods.ts';

export type Start = {
  customer: string;
  basket: Basket;
  paymentMethod: string | null;
  /** `wait`: leave the first invoice open; undefined: the customer's card decides. */
  verdict: Verdict | 'wait' | undefined;
};

/**
 * Starts a subscription as Stripe does: incomplete with a finalized first invoice, active once it
 * is paid. With a trial it is trialing immediately and the first invoice is zero.
 */
export function startSubscription(runtime: Runtime, start: Start): { subscription: Subscription; invoice: Invoice } {
  const now = runtime.now();
  const trialEnd = trialEndOf(now, start.basket);
  const anchor = trialEnd ?? start.basket.billingCycleAnchor ?? now;
  const cycle = runtime.state.prices[start.basket.lines[0]?.price ?? '']?.recurring ?? { interval: 'month', interval_count: 1 };
  const period = { start: now, end: trialEnd ?? nextBoundary(anchor, cycle, now) };
  const subscription = makeSubscription(runtime, {
    customer: start.customer,
    basket: start.basket,
    status: trialEnd ? 'trialing' : 'incomplete',
    anchor,
    period,
    trial: trialEnd ? { start: now, end: trialEnd } : null,
    paymentMethod: start.paymentMethod,
  });
  const invoice = makeInvoice(runtime, { subscription, reason: 'subscription_create', period, free: trialEnd !== null });
  subscription.latest_invoice = invoice.id;
  runtime.emit('customer.subscription.created', subscription);
  runtime.emit('invoice.created', invoice);
  finalizeInvoice(runtime, invoice);
  if (invoice.amount_due === 0) markPaid(runtime, invoice);
  else if (start.verdict !== 'wait') attemptPayment(runtime, invoice, start.verdict);
  return { subscription, invoice };
}

function trialEndOf(now: number, basket: Basket): number | null {
  if (basket.trialEnd !== null) return basket.trialEnd > now ? basket.trialEnd : null;
  return basket.trialPeriodDays ? now + basket.trialPeriodDays * 86_400 : null;
}
