import { ProblemError } from '@api-factory/core';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { noteSession, sessionsBegunHere } from '../store/checkouts.ts';
import { failEvents, type OpenEvent, settleEvents } from '../store/events.ts';
import { retrieveSession, type SessionTruth } from '../stripe/checkout.ts';
import { askStripe, explainFailure } from '../stripe/errors.ts';
import { nextAttemptAfter } from './backoff.ts';
import { leadOf } from './event-effect.ts';
import type { Look } from './sync-once.ts';
import { inTime } from './with-timeout.ts';

/** Sessions that one look asks for. The others are the next look's. */
const MOST_SESSIONS = 20;
const SESSION_MS = 10_000;
/** No session is asked for after this: with the last one's time it is a third of a lease. */
const BEGIN_MS = 10_000;

export interface Notes {
  /** Ids of the events that need nothing more than the look. */
  taken: Set<string>;
  /** When to come back for the others. */
  nextAt: Date | null;
}

type Noting = Pick<Look, 'claim' | 'events' | 'options'>;

/**
 * Brings our rows of checkouts up to date, and settles the events that told of them one by one. A session that was not begun here needs nothing. Nothing
 * that Stripe does keeps the customer from being looked at: an event whose session it does not know is tried again and dies alone, and one whose answer
 * does not come ends the noting, not the look.
 */
export async function noteCheckouts(context: Context, noting: Noting): Promise<Notes> {
  const { db, clock } = context;
  const { mode } = noting.claim;
  const now = new Date(clock.now());
  const told = noting.events.filter(({ type }) => leadOf(type) === 'checkout');
  const begun = await sessionsBegunHere(db, mode, [...new Set(told.map(({ objectId }) => objectId))]);
  const notes: Notes = { taken: new Set(told.filter(({ objectId }) => !begun.has(objectId)).map(({ id }) => id)), nextAt: null };
  const open = told.filter(({ objectId }) => begun.has(objectId));
  const sessions = noting.options.note === undefined ? [] : dueSessions(open, now).slice(0, MOST_SESSIONS);
  for (const session of sessions) {
    if (clock.now() - now.getTime() > BEGIN_MS) break;
    const ids = session.map(({ id }) => id);
    const failure = await noteOne(context, noting, session);
    if (failure === null) {
      for (const id of ids) notes.taken.add(id);
      await settleEvents(db, mode, { ids, at: new Date(clock.now()) });
      continue;
    }
    const { error, nextAttemptAt } = failure;
    noting.options.onDead?.(await failEvents(db, mode, { ids, error: explainFailure(error), nextAttemptAt }));
    for (const event of session) event.nextAttemptAt = nextAttemptAt;
    if (error.code === 'STRIPE_REJECTED') continue;
    // Whoever is left waits as long: Stripe answers none of them now.
    return { ...notes, nextAt: nextAttemptAt };
  }
  return { ...notes, nextAt: earliest(open.filter(({ id }) => !notes.taken.has(id))) };
}

/** Events of one session together, those first that were not given up. */
function dueSessions(events: OpenEvent[], now: Date): OpenEvent[][] {
  const due = events.filter(({ nextAttemptAt }) => nextAttemptAt <= now);
  const sessions = new Map<string, OpenEvent[]>();
  for (const event of [...due.filter(({ state }) => state !== 'dead'), ...due.filter(({ state }) => state === 'dead')]) {
    sessions.set(event.objectId, [...(sessions.get(event.objectId) ?? []), event]);
  }
  return [...sessions.values()];
}

async function noteOne(
  context: Context,
  { options }: Noting,
  session: OpenEvent[],
): Promise<{ error: ProblemError; nextAttemptAt: Date } | null> {
  const [event] = session;
  if (event === undefined) return null;
  try {
    await inTime(SESSION_MS, options.note?.(event) ?? Promise.resolve());
    return null;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const attempts = Math.max(...session.map((one) => one.attempts)) + 1;
    return { error, nextAttemptAt: nextAttemptAfter(attempts, context) };
  }
}

const earliest = (events: OpenEvent[]): Date | null =>
  events.length === 0 ? null : new Date(Math.min(...events.map(({ nextAttemptAt }) => nextAttemptAt.getTime())));

/**
 * Asks Stripe how a session stands and writes it down, if it was begun here.
 * @returns what Stripe says
 * @throws ProblemError STRIPE_UNAVAILABLE, STRIPE_REJECTED
 */
export async function noteCheckout(context: Context, sessionId: string): Promise<SessionTruth> {
  const { mode, stripe } = requireBilling(context);
  const session = await askStripe(context, () => retrieveSession(stripe, sessionId));
  await noteSession(context.db, mode, session);
  return session;
}
