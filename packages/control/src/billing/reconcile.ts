import { allCustomers } from './customer-store.ts';
import { inParallel, lookAt } from './drain.ts';
import { leadOf } from './events.ts';
import { forgetEvents, type NewEvent, storeEvents } from './inbox-store.ts';
import type { ReconcileReport } from './jobs.ts';
import type { Working } from './resolve-events.ts';
import { noteReconciled, noteSwept, readState } from './state-store.ts';
import { disputed, subscribers } from './stripe/account.ts';
import { askStripe } from './stripe/errors.ts';
import { eventsSince } from './stripe/events.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Stripe's list of events lags behind, and clocks differ. */
const OVERLAP_MS = 10 * MINUTE_MS;
/** Stripe keeps events for 30 days. */
const OLDEST_CURSOR_MS = 29 * DAY_MS;
const SWEEP_EVERY_MS = DAY_MS;
/** Longer than Stripe sends an event again, so that one that comes late is known. */
const KEEP_EVENTS_MS = 40 * DAY_MS;
const BATCH = 100;

export const emptyReport = (startedAt: Date): ReconcileReport => ({
  startedAt,
  finishedAt: null,
  events: 0,
  customers: 0,
  total: 0,
  drift: 0,
  error: null,
});

/** Whether a full sweep is due: a day after the last, or when events were missed that Stripe may have forgotten. */
export async function isSweepDue({ context, billing }: Working): Promise<boolean> {
  const { eventsCursor, lastSweptAt } = await readState(context.db, billing.mode);
  const now = context.clock.now();
  const isOlder = (time: Date | null, ms: number) => time === null || now - time.getTime() > ms;
  return isOlder(eventsCursor, OLDEST_CURSOR_MS) || isOlder(lastSweptAt, SWEEP_EVERY_MS);
}

/**
 * Puts into the inbox what Stripe tells of the time since the cursor, ten minutes before it included. The cursor moves when all of it is in: to the newest
 * event, whose time is Stripe's.
 */
export async function catchUp({ context, billing }: Working, report: ReconcileReport): Promise<void> {
  const { db, clock } = context;
  const at = new Date(clock.now());
  const { eventsCursor } = await readState(db, billing.mode);
  const oldest = at.getTime() - OLDEST_CURSOR_MS;
  const since = new Date(Math.max(eventsCursor?.getTime() ?? at.getTime(), oldest) - OVERLAP_MS);
  let newest: Date | null = null;
  let batch: NewEvent[] = [];
  const store = async () => {
    // Oldest first, as they came about.
    report.events += await storeEvents(db, { mode: billing.mode, events: batch.reverse(), source: 'reconcile', at });
    batch = [];
  };
  await askStripe(context, async () => {
    for await (const notice of eventsSince(billing.stripe, since)) {
      newest ??= notice.createdAt;
      if (leadOf(notice.type) === 'none' || notice.livemode !== (billing.mode === 'live')) continue;
      batch.push({ ...notice, state: 'pending' });
      if (batch.length === BATCH) await store();
    }
  });
  await store();
  await noteReconciled(db, billing.mode, { at, cursor: newest ?? at });
}

/** Looks at every customer that we or Stripe know to have a subscription, and writes down what differed before it is repaired. */
export async function sweep(working: Working, report: ReconcileReport, stopped: () => boolean): Promise<void> {
  const { context, billing } = working;
  const { db, clock } = context;
  const startedAt = new Date(clock.now());
  const customers = await everyCustomer(working);
  const disputes = await everyDispute(working, customers);
  report.total = customers.size;
  let failed = 0;
  await inParallel([...customers], async (customerId) => {
    if (stopped()) return;
    const outcome = await lookAt(working, customerId, { sweep: true, disputes: disputes.get(customerId) ?? [] });
    report.customers += 1;
    if (outcome === null) failed += 1;
    if (outcome?.drift === true) {
      report.drift += 1;
      working.counters.drift += 1;
    }
  });
  if (stopped()) return;
  // A customer that could not be looked at is due again by itself: the sweep need not be repeated for it.
  if (failed > 0) report.error = `${failed} of ${customers.size} customers could not be looked at; each is tried again`;
  await noteSwept(db, billing.mode, startedAt);
  await forgetEvents(db, billing.mode, new Date(startedAt.getTime() - KEEP_EVENTS_MS));
}

async function everyCustomer({ context, billing }: Working): Promise<Set<string>> {
  const customers = new Set<string>();
  for await (const id of allCustomers(context.db, billing.mode)) customers.add(id);
  await askStripe(context, async () => {
    for await (const id of subscribers(billing.stripe, billing.mode === 'live')) customers.add(id);
  });
  return customers;
}

async function everyDispute({ context, billing }: Working, customers: Set<string>): Promise<Map<string, string[]>> {
  const disputes = new Map<string, string[]>();
  await askStripe(context, async () => {
    for await (const { id, customerId } of disputed(billing.stripe)) {
      if (customers.has(customerId)) disputes.set(customerId, [...(disputes.get(customerId) ?? []), id]);
    }
  });
  return disputes;
}
