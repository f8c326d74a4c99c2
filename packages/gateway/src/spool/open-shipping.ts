import { join } from 'node:path';
import type { OpenedSink, UsageSink } from '@api-factory/core';
import type { FastifyBaseLogger } from 'fastify';
import type { Cleanup } from '../cleanup.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { Repeats } from '../repeated-logs.ts';
import { DiskWatch } from './disk.ts';
import { readIdentity, writeIdentity } from './identity.ts';
import { newestEpoch } from './newest-epoch.ts';
import { Progress } from './progress.ts';
import { reportCut, reportRefusal, spoolReports } from './reports.ts';
import { spoolOwner } from './segments.ts';
import { Shipper } from './shipper.ts';
import { Spool } from './spool.ts';

/** What a thread needs to ship the spool: its directory, its owner and the shared `Progress`. */
export interface ShippingJob {
  dir: string;
  gatewayId: string;
  /** The start of the gateway that the thread ships for. */
  start: { epoch: number; installationId: string; bootId: string };
  progress: SharedArrayBuffer;
}

/** The spool of this start and its shipper. */
export interface Shipping {
  gatewayId: string;
  installationId: string;
  /** The host was rebooted since the last start. */
  rebooted: boolean;
  spool: Spool;
  progress: Progress;
  shipper: Shipper;
  disk: DiskWatch;
  stopWatching: () => void;
  onError: (error: Error) => void;
  /** Set once leases are in memory; does nothing before. */
  onRewound: () => void;
}

/** Takes a new epoch, opens the spool and ships what is in it. */
export async function openShipping(
  options: GatewayOptions,
  { repeats, cleanup }: { repeats: Repeats; cleanup: Cleanup },
): Promise<Shipping> {
  const { dataDir, clock, log, newId } = options;
  const dir = join(dataDir, 'spool');
  const storedIdentity = readIdentity(dataDir);
  // Without gateway.json, the spool names its owner: under a new id its records could not be
  // shipped.
  const identity = (await spoolOwner(dir, storedIdentity)) ?? storedIdentity;
  const gatewayId = identity?.gatewayId ?? newId('gw');
  const sink = options.sinkFor(gatewayId);
  const opened = await register(
    sink,
    { gatewayId, installationId: identity?.installationId ?? null, bootId: options.bootId },
    { dir, log },
  );
  const owner = { gatewayId, installationId: opened.installationId };
  if (!storedIdentity) writeIdentity(dataDir, owner);
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
  cleanup.add(() => spool.close());
  reportCut(spool, log);
  const onError = repeats.on('warn', 'could not ship usage; it stays in the spool, retrying');
  const shipper = new Shipper({ spool, sink, clock, progress, onError, onRewound: () => shipping.onRewound() });
  const settings = options.disk ?? { keepGb: null, reserveMb: null };
  const disk = new DiskWatch({ spool, progress, settings, onChange: (refusal) => reportRefusal(refusal, log) });
  const { installationId, rebooted } = opened;
  const noHooks = { stopWatching: () => {}, onRewound: () => {} };
  const shipping: Shipping = { gatewayId, installationId, rebooted, spool, progress, shipper, disk, onError, ...noHooks };
  await shipper.drain();
  shipping.stopWatching = await disk.follow();
  cleanup.add(shipping.stopWatching);
  return shipping;
}

/** The job for a shipping thread. */
export const jobOf = ({ gatewayId, installationId, spool, progress }: Shipping, bootId: string): ShippingJob => ({
  dir: spool.dir,
  gatewayId,
  start: { epoch: spool.epoch, installationId, bootId },
  progress: progress.shared,
});

/**
 * Takes a new epoch. A database restored from a backup lacks starts whose events are still in the
 * spool. Their ids must not be reused, so the new epoch is above them.
 */
async function register(
  sink: UsageSink,
  start: Parameters<UsageSink['open']>[0],
  { dir, log }: { dir: string; log: FastifyBaseLogger },
): Promise<OpenedSink> {
  const opened = await sink.open(start);
  const afterEpoch = await newestEpoch(dir, opened.cursor);
  if (afterEpoch < opened.epoch) return opened;
  log.warn({ cursor: opened.cursor }, 'the database is older than the spool: shipping the missing usage again');
  return sink.open({ ...start, afterEpoch });
}

/**
 * Stops shipping on this thread, then ships the rest once. @returns whether everything was shipped
 */
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
