import type { Clock, LeaseSource, SnapshotSource, UsageSink } from '@api-factory/core';
import { quotaRemaining, rateRemaining, rateResetMs } from '@api-factory/core';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { Cleanup } from './cleanup.ts';
import { Guard, type GuardOptions } from './guard.ts';
import { type HeavyThreads, openHeavy } from './heavy/open.ts';
import type { GatewayMetrics } from './metrics/metrics.ts';
import { showMetrics } from './metrics/show.ts';
import { Overload } from './overload.ts';
import { type PackOptions, servePacks } from './packs/packs.ts';
import { forgetLeases } from './quota/forget-leases.ts';
import { Leases } from './quota/leases.ts';
import { Repeats } from './repeated-logs.ts';
import { Snapshot } from './snapshot/snapshot.ts';
import type { DiskSettings } from './spool/disk.ts';
import { jobOf, openShipping, type Shipping, type ShippingJob, shipRest } from './spool/open-shipping.ts';
import type { Progress } from './spool/progress.ts';
import { Refusals } from './spool/refusals.ts';
import { settled } from './spool/settled.ts';
import type { Spool } from './spool/spool.ts';

export interface GatewayOptions {
  dataDir: string;
  bootId: string;
  clock: Clock;
  log: FastifyBaseLogger;
  metrics: GatewayMetrics;
  newId: (prefix: string) => string;
  /** Between 0 and 1. */
  random: () => number;
  snapshots: SnapshotSource;
  /** Called with the gateway's id once the data directory is read. */
  leasesFor: (gatewayId: string) => LeaseSource;
  sinkFor: (gatewayId: string) => UsageSink;
  fsyncMs: number;
  /** Disk space for the spool. Absent: derived from the size of the disk. */
  disk?: DiskSettings;
  snapshotMaxAgeMs: number;
  /** Event loop delay above which guarded calls are refused, ms. */
  overloadDelayMs: number;
  /** Threads for heavy actions; null: the serving thread. */
  heavyThreads: HeavyThreads | null;
  /**
   * The page where a consumer settles an open payment; null without billing. Called at each such
   * refusal.
   */
  billingUrl: () => string | null;
  /**
   * Ships on another thread, so that this one only serves calls. Absent: this thread ships between
   * calls.
   */
  shipInBackground?: (job: ShippingJob, hooks: { onRewound: () => void }) => { stop(): Promise<void> };
}

/** How often the snapshot is confirmed: the delay until changes of another process take effect. */
const CONFIRM_MS = 1_000;

/** The running data plane: the spool is shipped, old leases are settled, the keys are loaded. */
export interface Gateway {
  readonly snapshot: Snapshot;
  readonly spool: Spool;
  readonly progress: Progress;
  /** Registers the packs. */
  routes(app: FastifyInstance, options: PackOptions): Promise<void>;
  /** Current limits of an entitlement; null if memory has nothing newer than the database. */
  limitsOf(entitlementId: string): { quotaRemaining: number; rateRemaining: number | null; rateResetSeconds: number } | null;
  /**
   * Ships the spool and releases unspent units. What can't be shipped stays on disk for the next
   * start.
   */
  close(): Promise<void>;
}

/**
 * Starts the data plane in the order that exactness requires: take a new epoch, open the spool,
 * ship all of it, and only then settle the leases of the last run and load the keys. A failed start
 * is undone.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const cleanup = new Cleanup();
  try {
    return await startGateway(options, cleanup);
  } catch (error) {
    // Errors of the cleanup are ignored: the cause of the failed start matters.
    await cleanup.run(() => {});
    throw error;
  }
}

/** What the data plane serves calls from. */
interface Loaded {
  shipping: Shipping;
  source: LeaseSource;
  snapshot: Snapshot;
  stopFollowing: () => void;
  leases: Leases;
  /** Aborts when the gateway closes. */
  closing: AbortController;
}

/** Opens and ships the spool, settles the leases of the last run, then loads the keys. */
async function load(options: GatewayOptions, cleanup: Cleanup, repeats: Repeats): Promise<Loaded> {
  const { clock, log } = options;
  const shipping = await openShipping(options, { repeats, cleanup });
  const { spool, progress } = shipping;
  const source = options.leasesFor(shipping.gatewayId);
  if (shipping.rebooted) await source.writeOff();
  else await source.releaseAll();
  const snapshot = new Snapshot(options.snapshots, clock);
  await snapshot.refresh();
  const stopFollowing = snapshot.follow(CONFIRM_MS, repeats.on('warn', 'could not confirm the keys'));
  const leases = new Leases({
    source,
    clock,
    random: options.random,
    newRequestId: requestIds(spool.epoch),
    settled: () => settled(spool, progress),
    onError: repeats.on('warn', 'could not lease quota'),
  });
  const closing = new AbortController();
  cleanup.add(stopFollowing, () => closing.abort());
  shipping.onRewound = () => forgetLeases({ snapshot, leases, source, spool, progress, log, signal: closing.signal });
  return { shipping, source, snapshot, stopFollowing, leases, closing };
}

async function startGateway(options: GatewayOptions, cleanup: Cleanup): Promise<Gateway> {
  const { clock, log, metrics } = options;
  const repeats = new Repeats(log);
  const stopRepeats = repeats.follow();
  cleanup.add(stopRepeats);
  const { shipping, source, snapshot, stopFollowing, leases, closing } = await load(options, cleanup, repeats);
  const { spool, progress, shipper } = shipping;
  const background = options.shipInBackground?.(jobOf(shipping, options.bootId), { onRewound: () => shipping.onRewound() });
  if (!background) shipper.start();
  cleanup.add(() => background?.stop() ?? shipper.halt());
  const refusals = new Refusals(clock, spool);
  const stopRefusals = refusals.follow();
  const heavy = openHeavy(options.heavyThreads, { metrics, log });
  const overload = new Overload(options.overloadDelayMs);
  // Not `clock`, which steps forward after the machine slept: that is not a delay of the loop.
  const stopOverload = overload.follow(performance);
  cleanup.add(stopRefusals, () => heavy.close(), stopOverload);
  showMetrics(metrics, { clock, snapshot, snapshotMaxAgeMs: options.snapshotMaxAgeMs, spool, progress, disk: shipping.disk, leases });

  return {
    snapshot,
    spool,
    progress,
    routes: (app, packs) => {
      const guard = makeGuard(options, { snapshot, leases, refusals, overload, failures: packs.failures });
      return servePacks(app, packs, { spool, guard, clock, heavy });
    },
    limitsOf: (id) => limitsOf(snapshot, clock, id),
    close: async () => {
      closing.abort();
      stopFollowing();
      stopRefusals();
      shipping.stopWatching();
      stopOverload();
      await heavy.close();
      refusals.flush();
      await spool.flushed();
      await background?.stop();
      const shipped = await shipRest(shipping);
      if (shipped) await source.releaseAll().catch(() => log.warn('could not release unspent quota; the next start will'));
      await spool.close();
      stopRepeats();
    },
  };
}

type GuardParts = Pick<GuardOptions, 'snapshot' | 'leases' | 'refusals' | 'overload' | 'failures'>;

function makeGuard({ clock, metrics, snapshotMaxAgeMs, billingUrl }: GatewayOptions, parts: GuardParts): Guard {
  return new Guard({ ...parts, clock, metrics, snapshotMaxAgeMs, billingUrl });
}

/** Request ids that are unique among all starts of this gateway. */
function requestIds(epoch: number): () => string {
  let count = 0;
  return () => `${epoch}-${++count}`;
}

function limitsOf(snapshot: Snapshot, clock: Clock, entitlementId: string): ReturnType<Gateway['limitsOf']> {
  const entitlement = snapshot.entitlement(entitlementId);
  if (!entitlement) return null;
  const { plan, rate, quota } = entitlement;
  const now = clock.now();
  if (now >= quota.endsAt || quota.recalled) return null;
  return {
    quotaRemaining: quotaRemaining(quota),
    rateRemaining: plan.rateLimit === null ? null : rateRemaining(rate, plan.rateLimit, plan.rateWindowMs, now),
    rateResetSeconds: Math.ceil(rateResetMs(rate, plan.rateWindowMs, now) / 1000),
  };
}
