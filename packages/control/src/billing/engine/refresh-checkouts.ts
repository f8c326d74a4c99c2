import type { BillingMode } from '@api-factory/core';
import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { sessionsStartedHere, updateCheckout } from '../store/checkouts.ts';
import { failEvents, settleEvents, type UnsettledEvent } from '../store/events.ts';
import { retrieveSession, type SessionTruth } from '../stripe/checkout.ts';
import { askStripe, explainFailure } from '../stripe/errors.ts';
import { nextAttemptAfter } from './backoff.ts';
import { effectOf } from './event-effect.ts';
import { withTimeout } from './with-timeout.ts';

/** Sessions that one sync retrieves. The rest is left to the next sync. */
const MAX_SESSIONS = 20;
const SESSION_MS = 10_000;
/**
 * No session is requested after this: together with the last one's timeout it is a third of a
 * lease.
 */
const START_MS = 10_000;

export interface CheckoutEvents {
  mode: BillingMode;
  events: UnsettledEvent[];
  /** false: only events of sessions from elsewhere are settled; the others stay for the worker. */
  refresh: boolean;
  /** Called with the number of events that exhausted their retries. */
  onDead?: ((count: number) => void) | undefined;
}

export interface RefreshedCheckouts {
  /** Ids of the events that need nothing more than the sync. */
  settled: Set<string>;
  /** When to retry the others. */
  nextAt: Date | null;
}

/**
 * Retrieves a checkout session from Stripe and updates its row, if the checkout was started here.
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function refreshCheckout(context: Context, sessionId: string): Promise<SessionTruth> {
  const { mode, stripe } = requireBilling(context);
  const session = await askStripe(context, () => retrieveSession(stripe, sessionId));
  await updateCheckout(context.db, mode, session);
  return session;
}

/**
 * Refreshes the checkouts that the events are about, and settles these events one session at a
 * time. A session that was not started here needs no refresh. No failure blocks the sync of the
 * customer: an event whose session does not exist in Stripe is retried on its own, and a timeout
 * ends the refresh, not the sync.
 */
export async function refreshCheckouts(context: Context, { mode, events, refresh, onDead }: CheckoutEvents): Promise<RefreshedCheckouts> {
  const { db, clock } = context;
  const now = new Date(clock.now());
  const aboutCheckouts = events.filter(({ type }) => effectOf(type) === 'checkout');
  const startedHere = await sessionsStartedHere(db, mode, [...new Set(aboutCheckouts.map(({ objectId }) => objectId))]);
  const elsewhere = aboutCheckouts.filter(({ objectId }) => !startedHere.has(objectId));
  const settled = new Set(elsewhere.map(({ id }) => id));
  const pending = aboutCheckouts.filter(({ objectId }) => startedHere.has(objectId));
  const sessions = refresh ? dueSessions(pending, now).slice(0, MAX_SESSIONS) : [];
  for (const session of sessions) {
    if (clock.now() - now.getTime() > START_MS) break;
    const ids = session.map(({ id }) => id);
    const failure = await refreshSession(context, session);
    if (failure === null) {
      for (const id of ids) settled.add(id);
      await settleEvents(db, mode, { ids, at: new Date(clock.now()) });
      continue;
    }
    const { error, nextAttemptAt } = failure;
    onDead?.(await failEvents(db, mode, { ids, error: explainFailure(error), nextAttemptAt }));
    for (const event of session) event.nextAttemptAt = nextAttemptAt;
    if (error.code === 'STRIPE_REJECTED') continue;
    // Stripe is unavailable, so the remaining sessions wait as long.
    return { settled, nextAt: nextAttemptAt };
  }
  return { settled, nextAt: earliest(pending.filter(({ id }) => !settled.has(id))) };
}

/** Groups events by session; sessions with pending events come before those with dead ones. */
function dueSessions(events: UnsettledEvent[], now: Date): UnsettledEvent[][] {
  const due = events.filter(({ nextAttemptAt }) => nextAttemptAt <= now);
  const sessions = new Map<string, UnsettledEvent[]>();
  for (const event of [...due.filter(({ state }) => state !== 'dead'), ...due.filter(({ state }) => state === 'dead')]) {
    sessions.set(event.objectId, [...(sessions.get(event.objectId) ?? []), event]);
  }
  return [...sessions.values()];
}

async function refreshSession(context: Context, events: UnsettledEvent[]): Promise<{ error: ProblemError; nextAttemptAt: Date } | null> {
  const [event] = events;
  if (event === undefined) return null;
  try {
    await withTimeout(SESSION_MS, refreshCheckout(context, event.objectId));
    return null;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const attempts = Math.max(...events.map((one) => one.attempts)) + 1;
    return { error, nextAttemptAt: nextAttemptAfter(attempts, context) };
  }
}

const earliest = (events: UnsettledEvent[]): Date | null =>
  events.length === 0 ? null : new Date(Math.min(...events.map(({ nextAttemptAt }) => nextAttemptAt.getTime())));
