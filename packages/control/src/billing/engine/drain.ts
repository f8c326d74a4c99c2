import { dueCustomers } from '../store/customers.ts';
import { inParallel } from './in-parallel.ts';
import type { Working } from './jobs.ts';
import { noteCheckout } from './refresh-checkouts.ts';
import { resolveEvents } from './resolve-events.ts';
import { type SyncOptions, type SyncOutcome, syncCustomer, trySync } from './sync.ts';

const LIST = 200;

/** Works on the events that name no customer, until none is due. */
export async function drainEvents(working: Working, stopped: () => boolean): Promise<void> {
  while (!stopped() && (await resolveEvents(working, stopped)) > 0);
}

/** Looks at the customers that are due, until none is. @returns how many looks there were */
export async function drainCustomers(working: Working, stopped: () => boolean): Promise<number> {
  const { context, billing } = working;
  let looks = 0;
  while (!stopped()) {
    const due = await dueCustomers(context.db, billing.mode, { now: new Date(context.clock.now()), limit: LIST });
    if (due.length === 0) break;
    looks += due.length;
    await inParallel(due, async (customerId) => {
      if (!stopped()) await lookAt(working, customerId);
    });
  }
  return looks;
}

/** One look whose failure is counted, logged and not passed on. A sweep waits for another one who looks. @returns null when it failed, or another looks */
export async function lookAt(working: Working, customerId: string, more: SyncOptions = {}): Promise<SyncOutcome | null> {
  const { context, counters, warn } = working;
  try {
    const sync = more.sweep === true ? syncCustomer : trySync;
    const outcome = await sync(context, customerId, {
      note: async ({ objectId }) => void (await noteCheckout(context, objectId)),
      onDead: (count) => {
        counters.events.dead += count;
      },
      ...more,
    });
    counters.events.done += outcome?.settled ?? 0;
    return outcome;
  } catch (error) {
    counters.failures += 1;
    warn('customer', error);
    return null;
  }
}
