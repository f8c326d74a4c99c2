import type Stripe from 'stripe';
import { isMissing, UnknownToStripeError } from './errors.ts';
import { idOf } from './events.ts';

/** What Stripe says of one customer, fetched in one go. Status words are Stripe's and open: a word may come that nobody knows here. */
export interface Truth {
  customerId: string;
  /** Stripe keeps a deleted customer's id and nothing else; all its subscriptions have ended. */
  deleted: boolean;
  name: string | null;
  email: string | null;
  /** The test clock that the customer lives by, and its time, which is then the time of everything below. */
  testClock: { id: string; now: Date } | null;
  subscriptions: TruthSubscription[];
  disputes: TruthDispute[];
}

export interface TruthSubscription {
  id: string;
  status: string;
  createdAt: Date;
  /** Renewals are counted from here (`billing_cycle_anchor`). */
  anchor: Date;
  cancelAt: Date | null;
  endedAt: Date | null;
  /** From `items`, never from `pending_update`. */
  items: { priceId: string; currentPeriodStart: Date; currentPeriodEnd: Date }[];
  /** When the oldest invoice that is still unpaid after an attempt was finalised, of those after the last paid one; null when there is none. */
  unpaidSince: Date | null;
}

export interface TruthDispute {
  id: string;
  status: string;
  createdAt: Date;
}

/** What of a customer is known already, and must be found again. */
export interface Known {
  customerId: string;
  testClock: string | null;
  subscriptions: { id: string; createdAt: Date; anchor: Date }[];
  disputes: string[];
}

/**
 * Fetches all that Stripe says of one customer.
 * @throws UnknownToStripeError rather than take what is missing for cancelled; Stripe's errors as they come
 */
export async function fetchTruth(stripe: Stripe, known: Known): Promise<Truth> {
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

async function orUnknown<T>(id: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw isMissing(error) ? new UnknownToStripeError(id) : error;
  }
}

/** A deleted clock takes its customers with it, so its time matters no more. */
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

async function fetchSubscriptions(stripe: Stripe, known: Known, deleted: boolean): Promise<TruthSubscription[]> {
  const found: TruthSubscription[] = [];
  try {
    for await (const subscription of stripe.subscriptions.list({ customer: known.customerId, status: 'all', limit: 100 })) {
      found.push(await toTruth(stripe, subscription));
    }
  } catch (error) {
    // Of a deleted customer Stripe lists nothing, or does not know it.
    if (!deleted || !isMissing(error)) throw error;
  }
  const ids = new Set(found.map(({ id }) => id));
  for (const missing of known.subscriptions) {
    if (!ids.has(missing.id)) found.push(await fetchMissing(stripe, missing, deleted));
  }
  return found;
}

/** The list of a deleted customer is empty. Only then does a subscription that can't be had at all count as ended. */
async function fetchMissing(stripe: Stripe, known: Known['subscriptions'][number], deleted: boolean): Promise<TruthSubscription> {
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

/** A subscription carries its first items (10); the rest is listed. */
async function itemsOf(stripe: Stripe, { id, items }: Stripe.Subscription): Promise<TruthSubscription['items']> {
  const found: TruthSubscription['items'] = [];
  const all = items.has_more ? stripe.subscriptionItems.list({ subscription: id, limit: 100 }) : items.data;
  for await (const { price, current_period_start, current_period_end } of all) {
    found.push({ priceId: price.id, currentPeriodStart: dateOf(current_period_start), currentPeriodEnd: dateOf(current_period_end) });
  }
  return found;
}

/**
 * When the oldest open invoice after the last paid one was finalised: a payment ends the trouble before it, and an older invoice that stays open
 * belongs to that.
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
