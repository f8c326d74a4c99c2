import type { Access } from '@api-factory/core';
import type { Context } from '../../context.ts';
import type { Billing } from '../billing.ts';

/** A reconciliation, finished or running. */
export interface ReconcileReport {
  startedAt: Date;
  /** null while it runs. */
  finishedAt: Date | null;
  /** Stripe events that were missing from the inbox. */
  events: number;
  /** Customers synced so far, of `total`. Both are 0 when only events are listed. */
  customers: number;
  total: number;
  /** Customers whose stored state differed from Stripe with no event pending. */
  drift: number;
  error: string | null;
}

/** The state of the jobs, in memory; it lags by one round. */
export interface BillingState {
  /** Events waiting to be processed. */
  pending: number;
  /** Events that failed ten times. Their customers are still retried. */
  dead: number;
  /** The last full sweep, or the current one. */
  reconcile: ReconcileReport | null;
  lastEventAt: Date | null;
  /** The last accepted webhook, test events of the operator excluded. */
  lastWebhookAt: Date | null;
  /** The last reconciliation that read all of Stripe's events. */
  lastReconciledAt: Date | null;
  /** Subscriptions by access, counted once a minute. */
  subscriptions: Record<Access, number>;
  /** Since the start of the process. */
  counters: BillingCounters;
}

export interface BillingCounters {
  /** Events that reached this state. */
  events: Record<'done' | 'ignored' | 'dead', number>;
  /** Events that a reconciliation found in Stripe's list before any webhook delivered them. */
  caughtUp: number;
  drift: number;
  /** Failed attempts at a customer, an event without one, or a reconciliation. */
  failures: number;
}

/** Billing work in the background. */
export interface BillingJobs {
  /** Processes due work now instead of within a second. */
  poke(): void;
  /** Starts a full sweep, or joins the current one. Resolves with its report; never rejects. */
  reconcile(): Promise<ReconcileReport>;
  state(): BillingState;
  /** Resolves when nothing is due. Later retries are not waited for. */
  idle(): Promise<void>;
  /** Stops the timers and waits for running work. */
  stop(): Promise<void>;
}

export interface JobContext {
  context: Context;
  billing: Billing;
  counters: BillingCounters;
  /** Logs a failure, at most once a minute for each kind. */
  warn: (kind: string, error: unknown) => void;
}

export const noCounters = (): BillingCounters => ({ events: { done: 0, ignored: 0, dead: 0 }, caughtUp: 0, drift: 0, failures: 0 });
