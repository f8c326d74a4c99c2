import { join } from 'node:path';
import type { OpenedSink, UsageSink } from '@api-factory/core';
import type { FastifyBaseLogger } from 'fastify';
import type { GatewayOptions } from '../gateway.ts';
import type { Repeats } from '../repeated-logs.ts';
import type { Startup } from '../startup.ts';
import { DiskWatch } from './disk.ts';
import { readIdentity, writeIdentity } from './identity.ts';
import { newestEpoch } from './newest-epoch.ts';
import { Progress } from './progress.ts';
import { reportCut, reportRefusal, spoolReports } from './reports.ts';
import { spoolOwner } from './segments.ts';
import { Shipper } from './shipper.ts';
import { Spool } from './spool.ts';

/** What a thread needs to ship the spool: where it lies, whose it is, and the shared `Progress`. */
export interface ShippingJob {
  dir: string;
  gatewayId: string;
  /** The start that it ships for. */
  start: { epoch: number; installationId: string; bootId: string };
  progress: SharedArrayBuffer;
}

/** The spool of this start, and what ships it. */
export interface Shipping {
  gatewayId: string;
  installationId: string;
  /** The host was started anew since the last start. */
  rebooted: boolean;
  spool: Spool;
  progress: Progress;
  shipper: Shipper;
  disk: DiskWatch;
  stopWatching: () => void;
  onError: (error: Error) => void;
  /** Nothing to do before leases are in memory. */
  onRewound: () => void;
}

/** Takes a new epoch, opens the spool, and ships all that the last run left in it. `startup` learns what goes on from then on. */
export async function openShipping(
  options: GatewayOptions,
  { repeats, startup }: { repeats: Repeats; startup: Startup },
): Promise<Shipping> {
  const { dataDir, clock, log, newId } = options;
  const dir = join(dataDir, 'spool');
  const written = readIdentity(dataDir);
  // Without gateway.json the spool says whose it is: under a new name what it holds could not be shipped.
  const identity = (await spoolOwner(dir, written)) ?? written;
  const gatewayId = identity?.gatewayId ?? newId('gw');
  const sink = options.sinkFor(gatewayId);
  const opened = await register(
    sink,
    { gatewayId, installationId: identity?.installationId ?? null, bootId: options.bootId },
    { dir, log },
  );
  const owner = { gatewayId, installationId: opened.installationId };
  if (!written) writeIdentity(dataDir, owner);
  const progress = new Progress();
  progress.cursor = opened.cursor;
  const spool = await Spool.open({
    dir,
    owner,
    epoch: opened.epoch,
    cursor: opened.cursor,
    rebooted: opened.rebooted,
    progress,
    fsyncMs: options.fsyncMs,
    ...spoolReports(clock, log),
  });
  startup.add(() => spool.close());
  reportCut(spool, log);
  const onError = repeats.on('warn', 'usage could not be shipped; it stays in the spool and is tried again');
  const shipper = new Shipper({ spool, sink, clock, progress, onError, onRewound: () => shipping.onRewound() });
  const settings = options.disk ?? { keepGb: null, reserveMb: null };
  const disk = new DiskWatch({ spool, progress, settings, onChange: (refusal) => reportRefusal(refusal, log) });
  const { installationId, rebooted } = opened;
  const nothing = { stopWatching: () => {}, onRewound: () => {} };
  const shipping: Shipping = { gatewayId, installationId, rebooted, spool, progress, shipper, disk, onError, ...nothing };
  await shipper.drain();
  shipping.stopWatching = await disk.follow();
  startup.add(shipping.stopWatching);
  return shipping;
}

/** What the thread that ships is given. */
export const jobOf = ({ gatewayId, installationId, spool, progress }: Shipping, bootId: string): ShippingJob => ({
  dir: spool.dir,
  gatewayId,
  start: { epoch: spool.epoch, installationId, bootId },
  progress: progress.shared,
});

/**
 * Takes a new epoch. A database that was restored from a back-up has forgotten starts whose events the spool still holds: their ids must not
 * be given a second time, so the epoch goes above them.
 */
async function register(
  sink: UsageSink,
  start: Parameters<UsageSink['open']>[0],
  { dir, log }: { dir: string; log: FastifyBaseLogger },
): Promise<OpenedSink> {
  const opened = await sink.open(start);
  const afterEpoch = await newestEpoch(dir, opened.cursor);
  if (afterEpoch < opened.epoch) return opened;
  log.warn({ cursor: opened.cursor }, 'the database is older than the spool: what it lacks is shipped to it again');
  return sink.open({ ...start, afterEpoch });
}

/** Ends this thread's shipping and tries once more to ship what is left. @returns whether all of it was shipped */
export async function shipRest({ shipper, onError }: Shipping): Promise<boolean> {
  await shipper.halt();
  try {
    await shipper.drain();
    return true;
  } catch (error) {
    onError(error as Error);
    return false;
  }
}
