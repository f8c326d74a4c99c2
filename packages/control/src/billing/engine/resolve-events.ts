import type { Context } from '../../context.ts';
import { lockPlan } from '../../plans/store.ts';
import { changeRecord, SYSTEM } from '../../transaction/change.ts';
import type { Billing } from '../billing.ts';
import { requireBilling } from '../billing.ts';
import { sessionsStartedHere } from '../store/checkouts.ts';
import { requestSyncByClock } from '../store/customers.ts';
import { failEvents, resolveEvent, settleEvents, type UnsettledEvent, unresolvedEvents } from '../store/events.ts';
import { findPrices, mappedPrices, setArchived, setSoldAgain } from '../store/prices.ts';
import { findCustomer } from '../stripe/account.ts';
import { isPriceActive } from '../stripe/catalogue.ts';
import { askStripe, explainFailure } from '../stripe/errors.ts';
import { nextAttemptAfter } from './backoff.ts';
import { effectOf } from './event-effect.ts';
import { inParallel } from './in-parallel.ts';
import type { JobContext } from './jobs.ts';
import { refreshCheckout } from './refresh-checkouts.ts';
import { withTimeout } from './with-timeout.ts';

const BATCH = 100;
/** A slow Stripe response must not block the other events. */
const EVENT_MS = 10_000;

/** Processes due events that name no customer. @returns how many there were */
export async function resolveEvents(job: JobContext, stopped: () => boolean): Promise<number> {
  const { context, billing } = job;
  const now = new Date(context.clock.now());
  const events = await unresolvedEvents(context.db, billing.mode, { now, limit: BATCH });
  await inParallel(events, async (event) => {
    if (!stopped()) await resolveOne(job, event);
  });
  return events.length;
}

async function resolveOne(job: JobContext, event: UnsettledEvent): Promise<void> {
  const { context, billing, counters } = job;
  try {
    const state = await withTimeout(EVENT_MS, process(context, billing, event));
    if (state === null) return;
    await settleEvents(context.db, billing.mode, { ids: [event.id], at: new Date(context.clock.now()), state });
    counters.events[state] += 1;
  } catch (error) {
    counters.failures += 1;
    job.warn('event', error);
    const nextAttemptAt = nextAttemptAfter(event.attempts + 1, context);
    counters.events.dead += await failEvents(context.db, billing.mode, { ids: [event.id], error: explainFailure(error), nextAttemptAt });
  }
}

/** The state that the event gets; null: the sync of its customer settles it. */
async function process(context: Context, { mode, stripe }: Billing, event: UnsettledEvent): Promise<'done' | 'ignored' | null> {
  const { id, type, objectType, objectId } = event;
  const at = new Date(context.clock.now());
  switch (effectOf(type)) {
    case 'none':
      return 'ignored';
    case 'clock':
      await requestSyncByClock(context.db, mode, { testClock: objectId, at });
      return 'done';
    case 'catalogue':
      for (const price of await pricesOf(context, { mode, objectType, objectId })) await refreshPrice(context, price);
      return 'done';
    case 'checkout':
      if (!(await sessionsStartedHere(context.db, mode, [objectId])).has(objectId)) return 'ignored';
      await refreshCheckout(context, objectId);
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

/**
 * Applies a price change made in the Stripe Dashboard to a stored price: an archived price is no
 * longer sold, and a reactivated one is sold again unless its plan has another active price.
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function refreshPrice(context: Context, priceId: string): Promise<void> {
  const { mode, stripe } = requireBilling(context);
  const [row] = await findPrices(context.db, mode, [priceId]);
  if (row === undefined) return;
  const active = await askStripe(context, () => isPriceActive(stripe, priceId));
  await changeRecord(context, SYSTEM, async ({ tx, record }) => {
    const details = { plan: row.planId, mode };
    // A concurrent push of the plan may change its active price; the lock makes that visible here.
    await lockPlan(tx, row.planId);
    if (active === true && (await setSoldAgain(tx, mode, row))) record({ action: 'price.resume', objectId: priceId, details });
    if (active !== true && (await setArchived(tx, mode, priceId))) record({ action: 'price.archive', objectId: priceId, details });
  });
}
