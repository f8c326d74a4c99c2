import { setTimeout as pause } from 'node:timers/promises';
import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { type AcquiredLease, acquireCustomer, failCustomer } from '../store/customers.ts';
import { failEvents, type UnsettledEvent } from '../store/events.ts';
import { explainFailure } from '../stripe/errors.ts';
import { nextAttemptAfter } from './backoff.ts';
import { type SyncOptions, type SyncOutcome, syncOnce } from './sync-once.ts';
import { LeaseLostError } from './sync-write.ts';

const LEASE_MS = 60_000;
const WAIT_MS = 50;
const MAX_WAITS = 300;

/**
 * Brings the stored state of a customer in line with Stripe: fetches it, derives access, and writes
 * everything in one transaction. Concurrent calls run one after the other; each waits up to 15 s.
 * @throws ProblemError STRIPE_UNAVAILABLE or STRIPE_REJECTED, after the failed attempt was counted;
 * CONFLICT when another sync takes too long
 */
export async function syncCustomer(context: Context, customerId: string, options: SyncOptions = {}): Promise<SyncOutcome> {
  for (let waits = 0; waits < MAX_WAITS; waits++) {
    const outcome = await trySync(context, customerId, options);
    if (outcome !== null) return outcome;
    await pause(WAIT_MS);
  }
  throw new ProblemError('CONFLICT', {
    detail: 'Another sync of this customer is in progress. Try again.',
    retryAfterSeconds: 5,
  });
}

/** Like `syncCustomer`, without waiting. @returns null while another sync holds the customer */
export async function trySync(context: Context, customerId: string, options: SyncOptions = {}): Promise<SyncOutcome | null> {
  const billing = requireBilling(context);
  const now = new Date(context.clock.now());
  const until = new Date(now.getTime() + LEASE_MS);
  const lease = await acquireCustomer(context.db, { mode: billing.mode, customerId, now, until });
  if (lease === null) return null;
  const events: UnsettledEvent[] = [];
  try {
    return await syncOnce(context, { billing, lease, events, options });
  } catch (error) {
    if (error instanceof LeaseLostError) return null;
    await countFailure(context, { lease, events, options, error });
    throw error;
  }
}

interface FailedAttempt {
  lease: AcquiredLease;
  events: UnsettledEvent[];
  options: SyncOptions;
  error: unknown;
}

/** When the database is unavailable, the lease expires and the customer becomes due again. */
async function countFailure(context: Context, { lease, events, options, error }: FailedAttempt): Promise<void> {
  const nextAt = nextAttemptAfter(lease.failures + 1, context);
  const reason = explainFailure(error);
  try {
    if (!(await failCustomer(context.db, lease, { error: reason, nextSyncAt: nextAt }))) return;
    const ids = events.map(({ id }) => id);
    options.onDead?.(await failEvents(context.db, lease.mode, { ids, error: reason, nextAttemptAt: nextAt }));
  } catch (second) {
    context.log.warn({ err: second }, 'could not record a failed sync of a customer; it is retried when its lease expires');
  }
}
