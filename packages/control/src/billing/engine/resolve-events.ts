import type { Context } from '../../context.ts';
import { lockPlan } from '../../plans/store.ts';
import { changeRecord, SYSTEM } from '../../transaction/change.ts';
import type { Billing } from '../billing.ts';
import { requireBilling } from '../billing.ts';
import { sessionsBegunHere } from '../store/checkouts.ts';
import { wantByClock } from '../store/customers.ts';
import { failEvents, type OpenEvent, resolveEvent, settleEvents, unresolvedEvents } from '../store/events.ts';
import { archiveRow, findPrices, mappedPrices, sellAgain } from '../store/prices.ts';
import { findCustomer } from '../stripe/account.ts';
import { isPriceActive } from '../stripe/catalogue.ts';
import { askStripe, explainFailure } from '../stripe/errors.ts';
import { nextAttemptAfter } from './backoff.ts';
import { leadOf } from './event-effect.ts';
import { inParallel } from './in-parallel.ts';
import type { Working } from './jobs.ts';
import { noteCheckout } from './refresh-checkouts.ts';
import { inTime } from './with-timeout.ts';

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

/**
 * Someone changed a price in Stripe's dashboard: an archived one of ours is not sold any more, and one that is active again is, unless its
 * plan has got another one.
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function notePrice(context: Context, priceId: string): Promise<void> {
  const { mode, stripe } = requireBilling(context);
  const [row] = await findPrices(context.db, mode, [priceId]);
  if (row === undefined) return;
  const active = await askStripe(context, () => isPriceActive(stripe, priceId));
  await changeRecord(context, SYSTEM, async ({ tx, record }) => {
    const details = { plan: row.planId, mode };
    // A push of the plan that is under way writes the price that is sold; this one then finds it.
    await lockPlan(tx, row.planId);
    if (active === true && (await sellAgain(tx, mode, row))) record({ action: 'price.resume', objectId: priceId, details });
    if (active !== true && (await archiveRow(tx, mode, priceId))) record({ action: 'price.archive', objectId: priceId, details });
  });
}
