import { setTimeout as pause } from 'node:timers/promises';
import type { Access } from '@api-factory/core';
import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { type Claim, claimCustomer, giveUpCustomer } from '../store/customers.ts';
import { failEvents, type OpenEvent } from '../store/events.ts';
import { explainFailure } from '../stripe/errors.ts';
import { nextAttemptAfter } from './backoff.ts';
import { look } from './sync-once.ts';
import { OvertakenError } from './sync-write.ts';

const LEASE_MS = 60_000;
const WAIT_MS = 50;
const MOST_WAITS = 300;

/** What a look at a customer came to. */
export interface SyncOutcome {
  /** null while nothing of ours was bought. */
  consumerId: string | null;
  subscriptions: { id: string; status: string; access: Access; planId: string | null; entitlementId: string | null }[];
  /** Whether anything was stored otherwise before. */
  changed: boolean;
  /** Whether a sweep wrote it down as drift. */
  drift: boolean;
  /** Events that it settled. */
  settled: number;
}

export interface SyncOptions {
  /** Takes note of an event of a checkout, before the truth is fetched. Without it such events stay open, and the worker comes back for them. */
  note?: (event: OpenEvent) => Promise<void>;
  /** Disputes to look at beside those on record. */
  disputes?: string[];
  /** A difference that no open event explains is written down as drift before it is repaired. */
  sweep?: boolean;
  /** Hears of events that died of a failed attempt. */
  onDead?: (count: number) => void;
}

/**
 * Makes what is stored of a customer that which Stripe says: fetches the truth, derives access from it, and writes all in one transaction. Any number may
 * call it at once; one looks, the others wait (15 s) and look again.
 * @throws ProblemError STRIPE_UNAVAILABLE or STRIPE_REJECTED, after the failed attempt was counted; CONFLICT when another takes too long
 */
export async function syncCustomer(context: Context, customerId: string, options: SyncOptions = {}): Promise<SyncOutcome> {
  for (let waits = 0; waits < MOST_WAITS; waits++) {
    const outcome = await trySync(context, customerId, options);
    if (outcome !== null) return outcome;
    await pause(WAIT_MS);
  }
  throw new ProblemError('CONFLICT', {
    detail: 'Another look at the same customer is under way. Repeat the request.',
    retryAfterSeconds: 5,
  });
}

/** As `syncCustomer`, without waiting. @returns null while another looks at the customer */
export async function trySync(context: Context, customerId: string, options: SyncOptions = {}): Promise<SyncOutcome | null> {
  const billing = requireBilling(context);
  const now = new Date(context.clock.now());
  const until = new Date(now.getTime() + LEASE_MS);
  const claim = await claimCustomer(context.db, { mode: billing.mode, customerId, now, until });
  if (claim === null) return null;
  const events: OpenEvent[] = [];
  try {
    return await look(context, { billing, claim, events, options });
  } catch (error) {
    if (error instanceof OvertakenError) return null;
    await giveUp(context, { claim, events, options, error });
    throw error;
  }
}

interface Failed {
  claim: Claim;
  events: OpenEvent[];
  options: SyncOptions;
  error: unknown;
}

/** Counts the attempt. When the database can't be told, the lease runs out and the customer is due again. */
async function giveUp(context: Context, { claim, events, options, error }: Failed): Promise<void> {
  const nextAt = nextAttemptAfter(claim.failures + 1, context);
  const reason = explainFailure(error);
  try {
    if (!(await giveUpCustomer(context.db, claim, { error: reason, nextLookAt: nextAt }))) return;
    const ids = events.map(({ id }) => id);
    options.onDead?.(await failEvents(context.db, claim.mode, { ids, error: reason, nextAttemptAt: nextAt }));
  } catch (second) {
    context.log.warn({ err: second }, 'a failed look at a customer could not be counted; it is repeated when its lease ends');
  }
}
