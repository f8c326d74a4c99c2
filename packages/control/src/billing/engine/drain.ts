import { dueCustomers } from '../store/customers.ts';
import { inParallel } from './in-parallel.ts';
import type { JobContext } from './jobs.ts';
import { resolveEvents } from './resolve-events.ts';
import { syncCustomer, trySync } from './sync.ts';
import type { SyncOptions, SyncOutcome } from './sync-once.ts';

const BATCH = 200;

/** Processes events that name no customer until none is due. */
export async function drainEvents(job: JobContext, stopped: () => boolean): Promise<void> {
  while (!stopped() && (await resolveEvents(job, stopped)) > 0);
}

/** Syncs customers until none is due. @returns the number of attempts */
export async function drainCustomers(job: JobContext, stopped: () => boolean): Promise<number> {
  const { context, billing } = job;
  let attempts = 0;
  while (!stopped()) {
    const due = await dueCustomers(context.db, billing.mode, { now: new Date(context.clock.now()), limit: BATCH });
    if (due.length === 0) break;
    attempts += due.length;
    await inParallel(due, async (customerId) => {
      if (!stopped()) await attemptSync(job, customerId);
    });
  }
  return attempts;
}

/**
 * Syncs a customer; a failure is counted and logged, not thrown. A sweep waits for another sync of
 * the same customer.
 * @returns null when it failed or another sync holds the customer
 */
export async function attemptSync(job: JobContext, customerId: string, options: SyncOptions = {}): Promise<SyncOutcome | null> {
  const { context, counters, warn } = job;
  try {
    const sync = options.sweep === true ? syncCustomer : trySync;
    const outcome = await sync(context, customerId, {
      checkouts: true,
      onDead: (count) => {
        counters.events.dead += count;
      },
      ...options,
    });
    counters.events.done += outcome?.settled ?? 0;
    return outcome;
  } catch (error) {
    counters.failures += 1;
    warn('customer', error);
    return null;
  }
}
