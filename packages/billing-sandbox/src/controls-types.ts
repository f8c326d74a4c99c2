import type { AfterRetries } from './state.ts';

/**
 * Controls that Stripe's API does not have. Times are in seconds unless the name says otherwise.
 */
export type Controls = {
  /**
   * Completes the hosted pay page. `declines` leaves the session open and an incomplete
   * subscription; `abandons` expires it.
   */
  pay(input: { sessionId: string; outcome: PayOutcome; email?: string }): { sessionStatus: string; subscriptionId: string | null };
  /** The bank's step after `needs_action`. */
  completeAction(input: { sessionId: string; succeeds: boolean }): { sessionStatus: string; subscriptionId: string | null };
  /**
   * Moves the clock and runs everything that is due on the way, in order. `now` is the resulting
   * sandbox time.
   */
  advance(input: { seconds: number }): { now: number };
  /** Fails the customer's next `times` payments; 0 lets them succeed again. */
  failPayments(input: { customerId: string; times: number }): { times: number };
  /**
   * Pays every open invoice of the customer and the drafts of an unpaid subscription, regardless of
   * `failPayments`.
   */
  payOpenInvoices(input: { customerId: string }): { paid: string[] };
  /** Sets any status, even an unknown one. */
  setStatus(input: { subscriptionId: string; status: string; pausedReason?: string }): { status: string };
  /** Changes the price of the subscription's first item. */
  changePrice(input: { subscriptionId: string; priceId: string; anchor: 'unchanged' | 'now' }): { status: string };
  /** Cancels the subscription now. */
  cancel(input: { subscriptionId: string }): { status: string };
  /** Disputes the customer's last paid charge. */
  openDispute(input: { customerId: string; status?: string }): { id: string };
  setDispute(input: { disputeId: string; status: string }): { id: string; status: string };
  /** Refunds the customer's last paid charge. */
  refund(input: { customerId: string }): { id: string };
  /** Sends an early fraud warning for the customer's last paid charge. */
  warnOfFraud(input: { customerId: string }): { id: string };
  /** What happens to a subscription after its last retry. */
  retries(input: { after: AfterRetries }): { after: AfterRetries };
  /**
   * How events are delivered from now on; missing fields are reset. `normal` sends held events;
   * `drop` loses events.
   */
  delivery(input: DeliverySettings): DeliverySettings;
  /** Delivers events now, in this order; without ids, all held events, oldest first. */
  deliver(input: DeliverNow): Promise<{ deliveries: { eventId: string; status: number }[] }>;
  /** Drops held events, as if they were lost in transit. */
  drop(input: { eventIds: string[] }): { dropped: number };
  /** Fails the next `times` requests to /v1 (below `path`, if given). */
  failRequests(input: { with: 500 | 429 | 'timeout'; times: number; path?: string }): { times: number };
  /** Every event, newest last. `delivered` counts the deliveries answered with 2xx. */
  events(): { id: string; type: string; created: number; customer: string | null; delivered: number }[];
  /** The whole state, without secrets. */
  dump(): Record<string, unknown>;
  /** Deletes everything but the secrets and webhook endpoints. */
  reset(): Record<string, never>;
};

export type PayOutcome = 'pays' | 'declines' | 'needs_action' | 'abandons';

export type DeliverySettings = { mode: 'normal' | 'hold' | 'drop'; delayMs?: number; times?: number; shuffle?: boolean };

export type DeliverNow = {
  eventIds?: string[];
  times?: number;
  /** In parallel instead of one by one. */
  parallel?: boolean;
  signature?: 'right' | 'wrong' | 'old' | 'future';
  /** Signs with this secret instead of the endpoint's. */
  secret?: string;
};
