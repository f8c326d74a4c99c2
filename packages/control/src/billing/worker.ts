import type { Context } from '../context.ts';
import { drain } from './drain.ts';
import { countOpen } from './inbox-store.ts';
import type { BillingJobs, BillingState, ReconcileReport } from './jobs.ts';
import { catchUp, emptyReport, isSweepDue, sweep } from './reconcile.ts';
import { requireBilling } from './require.ts';
import type { Working } from './resolve-events.ts';
import { readState } from './state-store.ts';
import { explainFailure } from './stripe/errors.ts';

const TICK_MS = 1_000;
const MINUTE_MS = 60_000;
const RECONCILE_EVERY_MS = 5 * MINUTE_MS;
const RETRY_EVERY_MS = MINUTE_MS;

interface Jobs {
  working: Working;
  state: BillingState;
  stopped: boolean;
  /** The round under way. */
  round: Promise<void> | null;
  /** Something came while it went on. */
  again: boolean;
  /** The pass of the reconciliation under way, and whether it is a full sweep. */
  pass: { done: Promise<ReconcileReport>; full: boolean } | null;
  nextPassAt: number;
}

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
    poke: () => void startRound(jobs),
    reconcile: () => fullPass(jobs),
    state: () => jobs.state,
    idle: () => settle(jobs),
    stop: async () => {
      jobs.stopped = true;
      clearInterval(timer);
      await Promise.all([jobs.round, jobs.pass?.done]);
    },
  };
}

function createJobs(context: Context): Jobs {
  const counters = { events: { done: 0, ignored: 0, dead: 0 }, drift: 0, failures: 0 };
  return {
    working: { context, billing: requireBilling(context), counters, warn: createWarn(context) },
    state: { pending: 0, dead: 0, reconcile: null, lastEventAt: null, counters },
    stopped: false,
    round: null,
    again: false,
    pass: null,
    nextPassAt: Number.NEGATIVE_INFINITY,
  };
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
  void startRound(jobs);
  if (jobs.pass === null && jobs.working.context.clock.now() >= jobs.nextPassAt) startPass(jobs, false);
}

/** One round at a time; who asks while it goes on gets another one after it. */
function startRound(jobs: Jobs): Promise<void> {
  if (jobs.stopped) return Promise.resolve();
  if (jobs.round !== null) {
    jobs.again = true;
    return jobs.round;
  }
  jobs.round = runRounds(jobs).finally(() => {
    jobs.round = null;
  });
  return jobs.round;
}

async function runRounds(jobs: Jobs): Promise<void> {
  do {
    jobs.again = false;
    try {
      await drain(jobs.working, () => jobs.stopped);
      await refresh(jobs);
    } catch (error) {
      jobs.working.counters.failures += 1;
      jobs.working.warn('round', error);
      return;
    }
  } while (jobs.again && !jobs.stopped);
}

async function refresh({ state, working: { context, billing } }: Jobs): Promise<void> {
  const [open, { lastEventAt }] = await Promise.all([countOpen(context.db, billing.mode), readState(context.db, billing.mode)]);
  Object.assign(state, open, { lastEventAt });
}

/** Rounds until one finds no pass under way that could make more to do. */
async function settle(jobs: Jobs): Promise<void> {
  do {
    await jobs.pass?.done;
    await startRound(jobs);
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
    void startRound(jobs);
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
