import type { Context } from '../../context.ts';
import type { Billing } from '../model.ts';
import { notePrice } from '../selling/catalogue-sync.ts';
import { noteCheckout } from '../selling/checkout.ts';
import { sessionsBegunHere } from '../selling/checkout-store.ts';
import { askStripe, explainFailure } from '../stripe/errors.ts';
import { findCustomer } from '../stripe/resolve.ts';
import { wantByClock } from '../sync/customer-store.ts';
import { inParallel } from '../sync/in-parallel.ts';
import { inTime } from '../sync/in-time.ts';
import type { Working } from '../sync/jobs.ts';
import { mappedPrices } from '../sync/mirror-store.ts';
import { nextAttemptAfter } from './backoff.ts';
import { leadOf } from './events.ts';
import { failEvents, type OpenEvent, resolveEvent, settleEvents, unresolvedEvents } from './inbox-store.ts';

const LIST = 100;
/** Some of Stripe's answers may not come while others do. */
const EVENT_MS = 10_000;

/** Works on the events that are due and name no customer: finds it, or does what such an event leads to. @returns how many there were */
export async function resolveEvents(working: Working, stopped: () => boolean): Promise<number> {
  const { context, billing } = working;
  const now = new Date(context.clock.now());
  const events = await unresolvedEvents(context.db, billing.mode, { now, limit: LIST });
  await inParallel(events, async (event) => {
    if (!stopped()) await resolveOne(working, event);
  });
  return events.length;
}

async function resolveOne(working: Working, event: OpenEvent): Promise<void> {
  const { context, billing, counters } = working;
  try {
    const state = await inTime(EVENT_MS, follow(context, billing, event));
    if (state === null) return;
    await settleEvents(context.db, billing.mode, { ids: [event.id], at: new Date(context.clock.now()), state });
    counters.events[state] += 1;
  } catch (error) {
    counters.failures += 1;
    working.warn('event', error);
    const nextAttemptAt = nextAttemptAfter(event.attempts + 1, context);
    counters.events.dead += await failEvents(context.db, billing.mode, { ids: [event.id], error: explainFailure(error), nextAttemptAt });
  }
}

/** What the event comes to; null: its customer is looked at, and settles it. */
async function follow(context: Context, { mode, stripe }: Billing, event: OpenEvent): Promise<'done' | 'ignored' | null> {
  const { id, type, objectType, objectId } = event;
  const at = new Date(context.clock.now());
  switch (leadOf(type)) {
    case 'none':
      return 'ignored';
    case 'clock':
      await wantByClock(context.db, mode, { testClock: objectId, at });
      return 'done';
    case 'catalogue':
      for (const price of await pricesOf(context, { mode, objectType, objectId })) await notePrice(context, price);
      return 'done';
    case 'checkout':
      if (!(await sessionsBegunHere(context.db, mode, [objectId])).has(objectId)) return 'ignored';
      await noteCheckout(context, objectId);
      return 'done';
    case 'sync': {
      const customerId = await askStripe(context, () => findCustomer(stripe, objectType, objectId));
      if (customerId === null) return 'ignored';
      await resolveEvent(context.db, mode, { id, customerId, at });
      return null;
    }
  }
}

async function pricesOf(
  { db }: Context,
  { mode, objectType, objectId }: Pick<Billing, 'mode'> & { objectType: string; objectId: string },
): Promise<string[]> {
  if (objectType === 'price') return [objectId];
  const prices = await mappedPrices(db, mode);
  return prices.filter(({ productId }) => productId === objectId).map(({ id }) => id);
}
