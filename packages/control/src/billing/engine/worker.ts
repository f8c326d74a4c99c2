import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { takeOverCustomers } from '../store/customers.ts';
import { countOpen } from '../store/events.ts';
import { readState } from '../store/state.ts';
import { countByAccess } from '../store/subscriptions.ts';
import { explainFailure } from '../stripe/errors.ts';
import { type Repeated, repeated } from './coalesced.ts';
import { drainCustomers, drainEvents } from './drain.ts';
import { type BillingJobs, type BillingState, noCounters, type ReconcileReport, type Working } from './jobs.ts';
import { catchUp, emptyReport, isSweepDue } from './reconcile.ts';
import { sweep } from './sweep.ts';

const TICK_MS = 1_000;
const MINUTE_MS = 60_000;
const RECONCILE_EVERY_MS = 5 * MINUTE_MS;
const RETRY_EVERY_MS = MINUTE_MS;
const COUNT_EVERY_MS = MINUTE_MS;
/** A process is ended some time after it was asked to end. */
const STOP_MS = 10_000;

interface Jobs {
  working: Working;
  state: BillingState;
  stopped: boolean;
  /** Rounds over the events that name no customer, and rounds over the customers: these never wait for those. */
  events: Repeated;
  customers: Repeated;
  /** Customers that a forerunner of this process held were taken from it. */
  tookOver: boolean;
  /** The pass of the reconciliation under way, and whether it is a full sweep. */
  pass: { done: Promise<ReconcileReport>; full: boolean } | null;
  nextPassAt: number;
  /** When subscriptions are counted again. */
  nextCountAt: number;
}

/** Before the first round. */
const UNKNOWN: Omit<BillingState, 'counters'> = {
  pending: 0,
  dead: 0,
  reconcile: null,
  lastEventAt: null,
  lastWebhookAt: null,
  lastReconciledAt: null,
  subscriptions: { active: 0, grace: 0, suspended: 0, revoked: 0, none: 0 },
};

/**
 * Starts the work on what Stripe says: rounds over the inbox, every second and when poked; a reconciliation at once and every 5 minutes; a sweep each day. A
 * database or a Stripe that does not answer is logged and tried again.
 * @throws ProblemError BILLING_OFF
 */
export function startBilling(context: Context): BillingJobs {
  const jobs = createJobs(context);
  const timer = setInterval(() => tick(jobs), TICK_MS);
  timer.unref();
  tick(jobs);
  return {
    poke: () => startRounds(jobs),
    reconcile: () => fullPass(jobs),
    state: () => jobs.state,
    idle: () => settle(jobs),
    stop: async () => {
      jobs.stopped = true;
      clearInterval(timer);
      await untilEnded(jobs);
    },
  };
}

/** What does not end in time may be left: it writes nothing once another has taken over, or the database is closed. */
async function untilEnded({ events, customers, pass }: Jobs): Promise<void> {
  const ended = new AbortController();
  const late = pause(STOP_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  await Promise.race([Promise.all([events.running(), customers.running(), pass?.done]), late]);
  ended.abort();
}

function createJobs(context: Context): Jobs {
  const counters = noCounters();
  const rounds = (work: () => Promise<void>) =>
    repeated({
      work,
      stopped: () => jobs.stopped,
      onFailure: (error) => {
        counters.failures += 1;
        jobs.working.warn('round', error);
      },
    });
  const jobs: Jobs = {
    working: { context, billing: requireBilling(context), counters, warn: createWarn(context) },
    state: { ...UNKNOWN, counters },
    stopped: false,
    events: rounds(() => eventsRound(jobs)),
    customers: rounds(() => customersRound(jobs)),
    tookOver: false,
    pass: null,
    nextPassAt: Number.NEGATIVE_INFINITY,
    nextCountAt: Number.NEGATIVE_INFINITY,
  };
  return jobs;
}

/** A failure that goes on would fill the log. */
function createWarn({ clock, log }: Context): Working['warn'] {
  const lastAt = new Map<string, number>();
  return (kind, error) => {
    const now = clock.now();
    if (now - (lastAt.get(kind) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
    lastAt.set(kind, now);
    log.warn({ kind, reason: explainFailure(error) }, 'billing: an attempt failed and is repeated');
  };
}

function tick(jobs: Jobs): void {
  startRounds(jobs);
  if (jobs.pass === null && jobs.working.context.clock.now() >= jobs.nextPassAt) startPass(jobs, false);
}

function startRounds({ events, customers }: Jobs): void {
  void events.start();
  void customers.start();
}

/** What it finds of customers is worked on at once. */
async function eventsRound(jobs: Jobs): Promise<void> {
  await drainEvents(jobs.working, () => jobs.stopped);
  await refresh(jobs);
  void jobs.customers.start();
}

async function customersRound(jobs: Jobs): Promise<void> {
  const { context, billing } = jobs.working;
  if (!jobs.tookOver) await takeOverCustomers(context.db, billing.mode, new Date(context.clock.now()));
  jobs.tookOver = true;
  await drainCustomers(jobs.working, () => jobs.stopped);
  await refresh(jobs);
}

async function refresh(jobs: Jobs): Promise<void> {
  const { context, billing } = jobs.working;
  const [open, state] = await Promise.all([countOpen(context.db, billing.mode), readState(context.db, billing.mode)]);
  const { lastEventAt, lastWebhookAt, lastReconciledAt } = state;
  Object.assign(jobs.state, open, { lastEventAt, lastWebhookAt, lastReconciledAt });
  const now = context.clock.now();
  if (now < jobs.nextCountAt) return;
  // It reads every subscription, which a round each second must not.
  jobs.nextCountAt = now + COUNT_EVERY_MS;
  jobs.state.subscriptions = { ...UNKNOWN.subscriptions, ...(await countByAccess(context.db, billing.mode)) };
}

/** Rounds until one finds no pass under way that could make more to do. */
async function settle(jobs: Jobs): Promise<void> {
  do {
    await jobs.pass?.done;
    await jobs.events.start();
    await jobs.customers.start();
  } while (jobs.pass !== null && !jobs.stopped);
}

/** A sweep under way is the answer to one that is asked for; a lesser pass is waited for. */
async function fullPass(jobs: Jobs): Promise<ReconcileReport> {
  if (jobs.pass !== null && !jobs.pass.full) await jobs.pass.done;
  return jobs.pass?.done ?? startPass(jobs, true);
}

function startPass(jobs: Jobs, wanted: boolean): Promise<ReconcileReport> {
  const pass = { full: wanted, done: Promise.resolve(emptyReport(new Date(0))) };
  jobs.pass = pass;
  pass.done = runPass(jobs, pass).finally(() => {
    jobs.pass = null;
  });
  return pass.done;
}

async function runPass(jobs: Jobs, pass: { full: boolean }): Promise<ReconcileReport> {
  const { working, state } = jobs;
  const { clock } = working.context;
  const report = emptyReport(new Date(clock.now()));
  if (pass.full) state.reconcile = report;
  try {
    const full = pass.full || (await isSweepDue(working));
    pass.full = full;
    if (full) state.reconcile = report;
    await catchUp(working, report);
    startRounds(jobs);
    if (full) await sweep(working, report, () => jobs.stopped);
    if (report.events > 0 || report.drift > 0) working.context.log.info({ report }, 'billing: the reconciliation found something');
  } catch (error) {
    report.error = explainFailure(error);
    working.counters.failures += 1;
    working.warn('reconcile', error);
  }
  report.finishedAt = new Date(clock.now());
  jobs.nextPassAt = clock.now() + (report.error === null ? RECONCILE_EVERY_MS : RETRY_EVERY_MS);
  return report;
}
