import type { BillingMode } from '@api-factory/core';
import type { StripeClient } from './stripe/client.ts';

/** What billing needs, when it is on. */
export interface Billing {
  readonly mode: BillingMode;
  readonly stripe: StripeClient;
  /** Any of them may have signed a webhook. */
  readonly webhookSecrets: readonly string[];
  readonly graceDays: number;
  /** Origin under which consumers reach this installation, without a slash at its end. Known once it listens. */
  readonly publicUrl: () => string;
  /** Whether an API key, with the customer's e-mail address, opens the customer portal. */
  readonly portalByKey: boolean;
  /**
   * Epoch ms by the machine's clock as it is set now, which may step back. Signatures of webhooks carry Stripe's time: the product's own clock, which
   * never steps back, would refuse them all once the machine's clock was corrected by more than their tolerance.
   */
  readonly wallClock: () => number;
  /** The local sandbox: its origin, and the token that its controls want. null when Stripe itself is asked. */
  readonly sandbox: { readonly url: string; readonly token: string } | null;
}

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
