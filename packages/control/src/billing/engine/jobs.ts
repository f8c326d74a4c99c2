import type { Access } from '@api-factory/core';
import type { Context } from '../../context.ts';
import type { Billing } from '../billing.ts';

/** One pass of the reconciliation, finished or under way. */
export interface ReconcileReport {
  startedAt: Date;
  /** null while it runs. */
  finishedAt: Date | null;
  /** Events of Stripe's that the inbox lacked. */
  events: number;
  /** Customers looked at so far, of `total`. Both are 0 in a pass that only asks for events. */
  customers: number;
  total: number;
  /** Customers whose stored state differed from Stripe's while no event of theirs was waiting. */
  drift: number;
  error: string | null;
}

/** What the jobs know without asking the database: it lags by one round. */
export interface BillingState {
  /** Events that wait to be worked on. */
  pending: number;
  /** Events that failed ten times; the customer's job goes on trying. */
  dead: number;
  /** The last full sweep, or the one under way. */
  reconcile: ReconcileReport | null;
  lastEventAt: Date | null;
  /** The last webhook that was taken; our own test does not count. */
  lastWebhookAt: Date | null;
  /** The last pass of the reconciliation that read all of Stripe's events. */
  lastReconciledAt: Date | null;
  /** Subscriptions by access, counted once a minute. */
  subscriptions: Record<Access, number>;
  /** Since the start of the process. */
  counters: BillingCounters;
}

export interface BillingCounters {
  /** Events that came to this state. */
  events: Record<'done' | 'ignored' | 'dead', number>;
  /** Events that no webhook had brought when the reconciliation found them in Stripe's list. */
  caughtUp: number;
  drift: number;
  /** Attempts that failed: at a customer, at an event of none, at a pass of the reconciliation. */
  failures: number;
}

/** The work on what Stripe says, behind the webhook's answer. */
export interface BillingJobs {
  /** Something is due: look now instead of within the second. */
  poke(): void;
  /** Starts a full sweep, unless one runs. Resolves with its report when it is through; never rejects. */
  reconcile(): Promise<ReconcileReport>;
  state(): BillingState;
  /** Resolves when nothing is due any more. What waits for a later attempt is not waited for. */
  idle(): Promise<void>;
  /** Ends the timers and waits for what is under way. */
  stop(): Promise<void>;
}

/** What the work is done with. */
export interface Working {
  context: Context;
  billing: Billing;
  counters: BillingCounters;
  /** Logs a failure, at most once a minute for each kind. */
  warn: (kind: string, error: unknown) => void;
}

/** Counters as a process begins with them. */
export const noCounters = (): BillingCounters => ({ events: { done: 0, ignored: 0, dead: 0 }, caughtUp: 0, drift: 0, failures: 0 });
