import { type NewEvent, storeEvents } from '../store/events.ts';
import { readState, recordReconciled } from '../store/state.ts';
import { askStripe } from '../stripe/errors.ts';
import { eventsSince } from '../stripe/events.ts';
import { effectOf } from './event-effect.ts';
import type { JobContext, ReconcileReport } from './jobs.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Stripe's event list lags behind, and clocks differ. */
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

/** Whether a full sweep is due: a day after the last one, or when that is dated in the future. */
export async function isSweepDue({ context, billing }: JobContext): Promise<boolean> {
  const { lastSweptAt } = await readState(context.db, billing.mode);
  const age = lastSweptAt === null ? Number.POSITIVE_INFINITY : context.clock.now() - lastSweptAt.getTime();
  return age > SWEEP_EVERY_MS || age < -OVERLAP_MS;
}

/**
 * Stores Stripe's events since ten minutes before the cursor. The cursor moves once all of them are
 * stored: to the time of the newest event, never past now. Advanced test clocks and a wrong server
 * clock date events in the future, and a cursor there would hide everything until then.
 */
export async function catchUp({ context, billing, counters }: JobContext, report: ReconcileReport): Promise<void> {
  const { db, clock } = context;
  const at = new Date(clock.now());
  const { eventsCursor } = await readState(db, billing.mode);
  // The product's clock never steps back, so it may be ahead of Stripe's time.
  const now = Math.min(at.getTime(), billing.wallClock());
  const cursor = Math.min(eventsCursor?.getTime() ?? now, now);
  const since = new Date(Math.max(cursor, now - OLDEST_CURSOR_MS) - OVERLAP_MS);
  let newest: number | null = null;
  let batch: NewEvent[] = [];
  const store = async () => {
    // Oldest first; Stripe lists the newest first.
    const missed = await storeEvents(db, { mode: billing.mode, events: batch.reverse(), source: 'reconcile', at });
    report.events += missed;
    counters.caughtUp += missed;
    batch = [];
  };
  await askStripe(context, async () => {
    for await (const notice of eventsSince(billing.stripe, since)) {
      newest ??= notice.createdAt.getTime();
      if (effectOf(notice.type) === 'none' || notice.account !== null || notice.livemode !== (billing.mode === 'live')) continue;
      batch.push({ ...notice, state: 'pending' });
      if (batch.length === BATCH) await store();
    }
  });
  await store();
  await recordReconciled(db, billing.mode, { at, cursor: new Date(Math.min(newest ?? cursor, now)) });
}
