import { type NewEvent, storeEvents } from '../store/events.ts';
import { noteReconciled, readState } from '../store/state.ts';
import { askStripe } from '../stripe/errors.ts';
import { eventsSince } from '../stripe/events.ts';
import { leadOf } from './event-effect.ts';
import type { ReconcileReport, Working } from './jobs.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Stripe's list of events lags behind, and clocks differ. */
const OVERLAP_MS = 10 * MINUTE_MS;
/** Stripe keeps events for 30 days. */
const OLDEST_CURSOR_MS = 29 * DAY_MS;
const SWEEP_EVERY_MS = DAY_MS;
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

/** Whether a full sweep is due: a day after the last. One that our clock, once ahead, dated in the future is no last one. */
export async function isSweepDue({ context, billing }: Working): Promise<boolean> {
  const { lastSweptAt } = await readState(context.db, billing.mode);
  const age = lastSweptAt === null ? Number.POSITIVE_INFINITY : context.clock.now() - lastSweptAt.getTime();
  return age > SWEEP_EVERY_MS || age < -OVERLAP_MS;
}

/**
 * Puts into the inbox what Stripe tells of the time since the cursor, ten minutes before it included. The cursor moves when all of it is in: to the newest
 * event, whose time is Stripe's, and never past our now. A test clock that was moved on dates events ahead, and so does our own clock when it is wrong: a
 * cursor out there would hide all that comes until then.
 */
export async function catchUp({ context, billing, counters }: Working, report: ReconcileReport): Promise<void> {
  const { db, clock } = context;
  const at = new Date(clock.now());
  const { eventsCursor } = await readState(db, billing.mode);
  // Compared with Stripe's times: the product's clock stays ahead when the machine's is set back.
  const now = Math.min(at.getTime(), billing.wallClock());
  const cursor = Math.min(eventsCursor?.getTime() ?? now, now);
  const since = new Date(Math.max(cursor, now - OLDEST_CURSOR_MS) - OVERLAP_MS);
  let newest: number | null = null;
  let batch: NewEvent[] = [];
  const store = async () => {
    // Oldest first, as they came about.
    const missed = await storeEvents(db, { mode: billing.mode, events: batch.reverse(), source: 'reconcile', at });
    report.events += missed;
    counters.caughtUp += missed;
    batch = [];
  };
  await askStripe(context, async () => {
    for await (const notice of eventsSince(billing.stripe, since)) {
      newest ??= notice.createdAt.getTime();
      if (leadOf(notice.type) === 'none' || notice.account !== null || notice.livemode !== (billing.mode === 'live')) continue;
      batch.push({ ...notice, state: 'pending' });
      if (batch.length === BATCH) await store();
    }
  });
  await store();
  await noteReconciled(db, billing.mode, { at, cursor: new Date(Math.min(newest ?? cursor, now)) });
}
