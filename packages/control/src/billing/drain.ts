import { noteCheckout } from './checkout.ts';
import { dueCustomers } from './customer-store.ts';
import { resolveEvents, type Working } from './resolve-events.ts';
import { type SyncOptions, type SyncOutcome, syncCustomer, trySync } from './sync.ts';

const AT_ONCE = 4;
const LIST = 200;

/** Works on all that is due, until nothing is. Failures are counted and come back later, so it ends. */
export async function drain(working: Working, stopped: () => boolean): Promise<void> {
  const { context, billing } = working;
  while (!stopped()) {
    const resolved = await resolveEvents(working);
    const due = await dueCustomers(context.db, billing.mode, { now: new Date(context.clock.now()), limit: LIST });
    if (resolved === 0 && due.length === 0) return;
    await inParallel(due, async (customerId) => {
      if (!stopped()) await lookAt(working, customerId);
    });
  }
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

/** Runs `work` for each item, four at a time. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
