import type Stripe from 'stripe';
import { isMissing, UnknownToStripeError } from './errors.ts';
import { idOf } from './events.ts';

/** Stripe's state of one customer. Statuses are Stripe's and may include unknown ones. */
export interface Truth {
  customerId: string;
  /** Stripe keeps only the id of a deleted customer; all its subscriptions have ended. */
  deleted: boolean;
  name: string | null;
  email: string | null;
  /** The customer's test clock and its time, which applies to everything below. */
  testClock: { id: string; now: Date } | null;
  subscriptions: TruthSubscription[];
  disputes: TruthDispute[];
}

export interface TruthSubscription {
  id: string;
  status: string;
  createdAt: Date;
  /** `billing_cycle_anchor`: renewals count from here. */
  anchor: Date;
  cancelAt: Date | null;
  endedAt: Date | null;
  /** From `items`, never from `pending_update`. */
  items: { priceId: string; currentPeriodStart: Date; currentPeriodEnd: Date }[];
  /**
   * When the oldest attempted and unpaid invoice after the last paid one was finalized; null
   * without one.
   */
  unpaidSince: Date | null;
}

export interface TruthDispute {
  id: string;
  status: string;
  createdAt: Date;
}

/** The stored objects of a customer, which must exist in Stripe. */
export interface KnownCustomer {
  customerId: string;
  testClock: string | null;
  subscriptions: { id: string; createdAt: Date; anchor: Date }[];
  disputes: string[];
}

/**
 * Fetches Stripe's state of one customer.
 * @throws UnknownToStripeError when an object is missing, which does not mean cancelled; Stripe's
 * errors
 */
export async function fetchTruth(stripe: Stripe, known: KnownCustomer): Promise<Truth> {
  const { customerId } = known;
  const customer = await orUnknown(customerId, () => stripe.customers.retrieve(customerId));
  const deleted = customer.deleted === true;
  const clock = customer.deleted === true ? known.testClock : idOf(customer.test_clock);
  const [testClock, subscriptions, disputes] = await Promise.all([
    clock ? fetchClock(stripe, clock) : null,
    fetchSubscriptions(stripe, known, deleted),
    Promise.all(known.disputes.map((id) => fetchDispute(stripe, id))),
  ]);
  const { name, email } = customer.deleted === true ? { name: null, email: null } : customer;
  return { customerId, deleted, name: name ?? null, email, testClock, subscriptions, disputes };
}

async function orUnknown<T>(id: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw isMissing(error) ? new UnknownToStripeError(id) : error;
  }
}

/** Deleting a clock deletes its customers, so its time no longer matters. */
async function fetchClock(stripe: Stripe, id: string): Promise<Truth['testClock']> {
  try {
    return { id, now: dateOf((await stripe.testHelpers.testClocks.retrieve(id)).frozen_time) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function fetchDispute(stripe: Stripe, id: string): Promise<TruthDispute> {
  const { status, created } = await orUnknown(id, () => stripe.disputes.retrieve(id));
  return { id, status, createdAt: dateOf(created) };
}

async function fetchSubscriptions(stripe: Stripe, known: KnownCustomer, deleted: boolean): Promise<TruthSubscription[]> {
  const found: TruthSubscription[] = [];
  try {
    for await (const subscription of stripe.subscriptions.list({ customer: known.customerId, status: 'all', limit: 100 })) {
      found.push(await toTruth(stripe, subscription));
    }
  } catch (error) {
    // Stripe lists nothing for a deleted customer, or does not find it.
    if (!deleted || !isMissing(error)) throw error;
  }
  const ids = new Set(found.map(({ id }) => id));
  for (const missing of known.subscriptions) {
    if (!ids.has(missing.id)) found.push(await fetchMissing(stripe, missing, deleted));
  }
  return found;
}

/**
 * The list of a deleted customer is empty. Only then does a missing subscription count as ended.
 */
async function fetchMissing(stripe: Stripe, known: KnownCustomer['subscriptions'][number], deleted: boolean): Promise<TruthSubscription> {
  try {
    return await toTruth(stripe, await stripe.subscriptions.retrieve(known.id));
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (!deleted) throw new UnknownToStripeError(known.id);
    return { ...known, status: 'canceled', cancelAt: null, endedAt: null, items: [], unpaidSince: null };
  }
}

async function toTruth(stripe: Stripe, subscription: Stripe.Subscription): Promise<TruthSubscription> {
  const { id, status } = subscription;
  return {
    id,
    status,
    createdAt: dateOf(subscription.created),
    anchor: dateOf(subscription.billing_cycle_anchor),
    cancelAt: cancelAt(subscription),
    endedAt: dateOrNull(subscription.ended_at),
    items: await itemsOf(stripe, subscription),
    unpaidSince: status === 'past_due' ? await unpaidSince(stripe, id) : null,
  };
}

/** `cancel_at_period_end` sets `cancel_at` too; older objects may have only the former. */
function cancelAt({ cancel_at, cancel_at_period_end, items }: Stripe.Subscription): Date | null {
  if (cancel_at !== null) return dateOf(cancel_at);
  return cancel_at_period_end ? dateOrNull(items.data[0]?.current_period_end ?? null) : null;
}

/** A subscription contains its first 10 items; the list has all. */
async function itemsOf(stripe: Stripe, { id, items }: Stripe.Subscription): Promise<TruthSubscription['items']> {
  const found: TruthSubscription['items'] = [];
  const all = items.has_more ? stripe.subscriptionItems.list({ subscription: id, limit: 100 }) : items.data;
  for await (const { price, current_period_start, current_period_end } of all) {
    found.push({ priceId: price.id, currentPeriodStart: dateOf(current_period_start), currentPeriodEnd: dateOf(current_period_end) });
  }
  return found;
}

/**
 * When the oldest open invoice after the last paid one was finalized. A payment ends the earlier
 * failure, including its invoices that remain open.
 */
async function unpaidSince(stripe: Stripe, subscription: string): Promise<Date | null> {
  const { data: paid } = await stripe.invoices.list({ subscription, status: 'paid', limit: 1 });
  const lastPaid = paid[0]?.status_transitions.finalized_at ?? 0;
  let oldest: number | null = null;
  for await (const { attempted, status_transitions } of stripe.invoices.list({ subscription, status: 'open', limit: 100 })) {
    const at = status_transitions.finalized_at;
    if (attempted && at !== null && at > lastPaid && (oldest === null || at < oldest)) oldest = at;
  }
  return dateOrNull(oldest);
}

const dateOf = (seconds: number): Date => new Date(seconds * 1_000);
const dateOrNull = (seconds: number | null): Date | null => (seconds === null ? null : dateOf(seconds));
