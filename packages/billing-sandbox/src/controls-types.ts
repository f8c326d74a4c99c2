import type { AfterRetries } from './state.ts';

/** What a person, a page or a test can do to the sandbox beside Stripe's own API. Times are in seconds unless the name says otherwise. */
export type Controls = {
  /** Does what the hosted pay page does. `declines` leaves the session open and an incomplete subscription; `abandons` expires it. */
  pay(input: { sessionId: string; outcome: PayOutcome; email?: string }): { sessionStatus: string; subscriptionId: string | null };
  /** Ends what `needs_action` began. */
  completeAction(input: { sessionId: string; succeeds: boolean }): { sessionStatus: string; subscriptionId: string | null };
  /** Moves the clock and does everything that is due on the way, in order. `now` is the sandbox's time after it. */
  advance(input: { seconds: number }): { now: number };
  /** The customer's next payments fail; 0: they succeed again. */
  failPayments(input: { customerId: string; times: number }): { times: number };
  /** Pays every open invoice of the customer, and the drafts of an unpaid subscription, whatever `failPayments` says. */
  payOpenInvoices(input: { customerId: string }): { paid: string[] };
  /** Sets any status, also one that Stripe does not have yet. */
  setStatus(input: { subscriptionId: string; status: string; pausedReason?: string }): { status: string };
  /** Changes the price of the subscription's first item. */
  changePrice(input: { subscriptionId: string; priceId: string; anchor: 'unchanged' | 'now' }): { status: string };
  /** Cancels the subscription now. */
  cancel(input: { subscriptionId: string }): { status: string };
  /** Opens a dispute about the customer's last paid charge. */
  openDispute(input: { customerId: string; status?: string }): { id: string };
  setDispute(input: { disputeId: string; status: string }): { id: string; status: string };
  /** Refunds the customer's last paid charge. */
  refund(input: { customerId: string }): { id: string };
  /** The card network warns of fraud about the customer's last paid charge. */
  warnOfFraud(input: { customerId: string }): { id: string };
  /** What becomes of a subscription after its last retry. */
  retries(input: { after: AfterRetries }): { after: AfterRetries };
  /** How events leave from now on. What is not given is as at the start. Back to `normal`, what was held leaves; `drop` loses events. */
  delivery(input: DeliverySettings): DeliverySettings;
  /** Delivers events now, in this order; without ids: all that are held, oldest first. */
  deliver(input: DeliverNow): Promise<{ deliveries: { eventId: string; status: number }[] }>;
  /** Forgets held events, as if they had been lost on the way. */
  drop(input: { eventIds: string[] }): { dropped: number };
  /** The next `times` requests to /v1 (below `path`, if given) are answered so. */
  failRequests(input: { with: 500 | 429 | 'timeout'; times: number; path?: string }): { times: number };
  /** Every event, newest last. `delivered` counts the answers with 2xx. */
  events(): { id: string; type: string; created: number; customer: string | null; delivered: number }[];
  /** The whole state, without secrets. */
  dump(): Record<string, unknown>;
  /** Forgets everything but the secrets and where events go. */
  reset(): Record<string, never>;
};

export type PayOutcome = 'pays' | 'declines' | 'needs_action' | 'abandons';

export type DeliverySettings = { mode: 'normal' | 'hold' | 'drop'; delayMs?: number; times?: number; shuffle?: boolean };

export type DeliverNow = {
  eventIds?: string[];
  times?: number;
  /** All at once instead of one after the other. */
  parallel?: boolean;
  signature?: 'right' | 'wrong' | 'old' | 'future';
  /** Signs with this secret instead of the endpoint's. */
  secret?: string;
};
