import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { requireBilling } from '../billing.ts';
import { breakLeases } from '../store/customers.ts';
import { countUnsettled } from '../store/events.ts';
import { readState } from '../store/state.ts';
import { countByAccess } from '../store/subscriptions.ts';
import { explainFailure } from '../stripe/errors.ts';
import { type Coalesced, coalesced } from './coalesced.ts';
import { drainCustomers, drainEvents } from './drain.ts';
import { type BillingJobs, type BillingState, type JobContext, noCounters, type ReconcileReport } from './jobs.ts';
import { catchUp, emptyReport, isSweepDue } from './reconcile.ts';
import { sweep } from './sweep.ts';

const TICK_MS = 1_000;
const MINUTE_MS = 60_000;
const RECONCILE_EVERY_MS = 5 * MINUTE_MS;
const RETRY_EVERY_MS = MINUTE_MS;
const COUNT_EVERY_MS = MINUTE_MS;
/** Leaves time before a supervisor kills the process. */
const STOP_MS = 10_000;

interface Jobs {
  job: JobContext;
  state: BillingState;
  stopped: boolean;
  /**
   * Events without a customer and customers are processed separately; neither waits for the other.
   */
  events: Coalesced;
  customers: Coalesced;
  /** Whether the leases of an earlier process were broken. */
  leasesBroken: boolean;
  /** The current reconciliation, and whether it is a full sweep. */
  pass: { done: Promise<ReconcileReport>; full: boolean } | null;
  nextPassAt: number;
  /** When subscriptions are counted again. */
  nextCountAt: number;
}

/** State before the first round. */
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
 * Starts the billing jobs: the inbox every second and when poked, a reconciliation at startup and
 * every 5 minutes, a sweep every day. Failures of the database or Stripe are logged and retried.
 * @throws ProblemError BILLING_OFF
 */
export function startBilling(context: Context): BillingJobs {
  const jobs = createJobs(context);
  const timer = setInterval(() => tick(jobs), TICK_MS);
  timer.unref();
  tick(jobs);
  return {
    poke: () => startRounds(jobs),
    reconcile: () => fullReconcile(jobs),
    state: () => jobs.state,
    idle: () => settle(jobs),
    stop: async () => {
      jobs.stopped = true;
      clearInterval(timer);
      await untilEnded(jobs);
    },
  };
}

/**
 * Work that outlives the timeout is abandoned: without its lease or the database it writes nothing.
 */
async function untilEnded({ events, customers, pass }: Jobs): Promise<void> {
  const ended = new AbortController();
  const late = pause(STOP_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  await Promise.race([Promise.all([events.running(), customers.running(), pass?.done]), late]);
  ended.abort();
}

function createJobs(context: Context): Jobs {
  const counters = noCounters();
  const rounds = (work: () => Promise<void>) =>
    coalesced({
      work,
      stopped: () => jobs.stopped,
      onFailure: (error) => {
        counters.failures += 1;
        jobs.job.warn('round', error);
      },
    });
  const jobs: Jobs = {
    job: { context, billing: requireBilling(context), counters, warn: createWarn(context) },
    state: { ...UNKNOWN, counters },
    stopped: false,
    events: rounds(() => eventsRound(jobs)),
    customers: rounds(() => customersRound(jobs)),
    leasesBroken: false,
    pass: null,
    nextPassAt: Number.NEGATIVE_INFINITY,
    nextCountAt: Number.NEGATIVE_INFINITY,
  };
  return jobs;
}

/** Logs each kind of failure at most once a minute. */
function createWarn({ clock, log }: Context): JobContext['warn'] {
  const lastAt = new Map<string, number>();
  return (kind, error) => {
    const now = clock.now();
    if (now - (lastAt.get(kind) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
    lastAt.set(kind, now);
    log.warn({ kind, reason: explainFailure(error) }, 'billing: an attempt failed and will be retried');
  };
}

function tick(jobs: Jobs): void {
  startRounds(jobs);
  if (jobs.pass === null && jobs.job.context.clock.now() >= jobs.nextPassAt) startPass(jobs, false);
}

function startRounds({ events, customers }: Jobs): void {
  void events.start();
  void customers.start();
}

/** Customers found for events are synced immediately. */
async function eventsRound(jobs: Jobs): Promise<void> {
  await drainEvents(jobs.job, () => jobs.stopped);
  await refresh(jobs);
  void jobs.customers.start();
}

async function customersRound(jobs: Jobs): Promise<void> {
  const { context, billing } = jobs.job;
  if (!jobs.leasesBroken) await breakLeases(context.db, billing.mode, new Date(context.clock.now()));
  jobs.leasesBroken = true;
  await drainCustomers(jobs.job, () => jobs.stopped);
  await refresh(jobs);
}

async function refresh(jobs: Jobs): Promise<void> {
  const { context, billing } = jobs.job;
  const [open, state] = await Promise.all([countUnsettled(context.db, billing.mode), readState(context.db, billing.mode)]);
  const { lastEventAt, lastWebhookAt, lastReconciledAt } = state;
  Object.assign(jobs.state, open, { lastEventAt, lastWebhookAt, lastReconciledAt });
  const now = context.clock.now();
  if (now < jobs.nextCountAt) return;
  // The count reads every subscription, too much for every round.
  jobs.nextCountAt = now + COUNT_EVERY_MS;
  jobs.state.subscriptions = { ...UNKNOWN.subscriptions, ...(await countByAccess(context.db, billing.mode)) };
}

/** Repeats while a reconciliation could have added more work. */
async function settle(jobs: Jobs): Promise<void> {
  do {
    await jobs.pass?.done;
    await jobs.events.start();
    await jobs.customers.start();
  } while (jobs.pass !== null && !jobs.stopped);
}

/** Joins a running sweep; waits for a smaller reconciliation first. */
async function fullReconcile(jobs: Jobs): Promise<ReconcileReport> {
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
  const { job, state } = jobs;
  const { clock } = job.context;
  const report = emptyReport(new Date(clock.now()));
  if (pass.full) state.reconcile = report;
  try {
    const full = pass.full || (await isSweepDue(job));
    pass.full = full;
    if (full) state.reconcile = report;
    await catchUp(job, report);
    startRounds(jobs);
    if (full) await sweep(job, report, () => jobs.stopped);
    if (report.events > 0 || report.drift > 0) job.context.log.info({ report }, 'billing: the reconciliation found differences');
  } catch (error) {
    report.error = explainFailure(error);
    job.counters.failures += 1;
    job.warn('reconcile', error);
  }
  report.finishedAt = new Date(clock.now());
  jobs.nextPassAt = clock.now() + (report.error === null ? RECONCILE_EVERY_MS : RETRY_EVERY_MS);
  return report;
}
