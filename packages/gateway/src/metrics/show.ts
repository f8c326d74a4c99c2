import type { Clock } from '@api-factory/core';
import type { HeavyPool } from '../heavy/pool.ts';
import type { Leases } from '../quota/leases.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { DiskWatch } from '../spool/disk.ts';
import type { Progress } from '../spool/progress.ts';
import type { Spool } from '../spool/spool.ts';
import type { GatewayMetrics } from './metrics.ts';
import { quotaUseSamples } from './quota-use.ts';

export interface Measured {
  clock: Clock;
  snapshot: Snapshot;
  snapshotMaxAgeMs: number;
  spool: Spool;
  progress: Progress;
  disk: DiskWatch;
  leases: Leases;
}

/** Adds the metrics of spool, snapshot and quota. */
export function showMetrics(metrics: GatewayMetrics, measured: Measured): void {
  showSpool(metrics, measured);
  showDisk(metrics, measured);
  showSnapshot(metrics, measured);
  showQuota(metrics, measured);
}

function showSpool(metrics: GatewayMetrics, { clock, spool, progress }: Measured): void {
  metrics.counter(
    'api_factory_usage_events_written_total',
    'Usage events written to the spool since the start.',
    () => spool.eventsWritten,
  );
  metrics.counter(
    'api_factory_spool_write_errors_total',
    'Failed writes to the spool, including probes without a call. The affected calls were answered 503.',
    () => spool.writeErrors,
  );
  metrics.counter('api_factory_spool_sync_errors_total', 'Failed fsyncs of the spool.', () => spool.syncErrors);
  metrics.counter(
    'api_factory_spool_records_too_large_total',
    'Usage records over 16 KiB, which are not written; their calls were answered 503.',
    () => spool.tooLarge,
  );
  metrics.gauge(
    'api_factory_spool_fault',
    '1 while the spool refuses usage because its last write or sync failed or the disk is below its reserve, else 0.',
    () => (spool.fault === null ? 0 : 1),
  );
  metrics.gauge('api_factory_spool_bytes', 'Bytes of the spool that are not shipped yet.', () => spool.end - progress.cursor);
  metrics.gauge('api_factory_spool_lag_seconds', 'Age of the oldest unshipped record; 0 when everything is shipped.', () =>
    progress.behindSince === null ? 0 : (clock.now() - progress.behindSince) / 1000,
  );
  metrics.gauge('api_factory_ship_failing_seconds', 'Time since shipping usage started to fail; 0 when the last attempt succeeded.', () =>
    progress.failingSince === null ? 0 : (clock.now() - progress.failingSince) / 1000,
  );
  metrics.counter('api_factory_ship_failures_total', 'Failed attempts to ship usage.', () => progress.failures);
}

function showDisk(metrics: GatewayMetrics, { disk }: Measured): void {
  metrics.gauge('api_factory_spool_disk_bytes', 'Size of the spool on the disk, shipped files included.', () => disk.state.spoolBytes);
  metrics.gauge(
    'api_factory_spool_keep_bytes',
    'Size up to which shipped files of the spool are kept (SPOOL_KEEP_GB).',
    () => disk.state.keepBytes,
  );
  metrics.gauge('api_factory_spool_disk_free_bytes', 'Free bytes on the disk of the spool.', () => disk.state.freeBytes);
  metrics.gauge(
    'api_factory_spool_disk_reserve_bytes',
    'Free bytes below which guarded calls are answered 503 (SPOOL_RESERVE_MB).',
    () => disk.state.reserveBytes,
  );
}

function showSnapshot(metrics: GatewayMetrics, { clock, snapshot, snapshotMaxAgeMs }: Measured): void {
  metrics.gauge('api_factory_snapshot_version', 'Version of the last change that was applied.', () => snapshot.version ?? 0);
  metrics.gauge(
    'api_factory_snapshot_age_seconds',
    'Time since the database last confirmed the keys.',
    () => snapshot.ageMs(clock.now()) / 1000,
  );
  metrics.gauge(
    'api_factory_snapshot_max_age_seconds',
    'SNAPSHOT_MAX_AGE_SECONDS: beyond this age guarded calls are answered 503.',
    () => snapshotMaxAgeMs / 1000,
  );
  metrics.counter('api_factory_snapshot_failures_total', 'Failed attempts to confirm the keys.', () => snapshot.failures);
  metrics.gauge('api_factory_active_keys', 'Keys in the snapshot, suspended ones included.', () => snapshot.keys);
}

function showQuota(metrics: GatewayMetrics, { clock, snapshot, leases }: Measured): void {
  metrics.counter('api_factory_leases_total', 'Answered lease requests.', () => leases.acquired);
  metrics.counter('api_factory_lease_failures_total', 'Failed lease requests.', () => leases.failures);
  metrics.add({
    name: 'api_factory_quota_entitlements',
    help: 'Entitlements with a key and a quota that made a call in their current period since the start, by use: below 80 %, near, used_up.',
    type: 'gauge',
    read: () => quotaUseSamples(snapshot.entitlementsWithKeys(), clock.now()),
  });
}

export function showHeavy(metrics: GatewayMetrics, pool: HeavyPool): void {
  metrics.gauge('api_factory_heavy_threads', 'Running threads for heavy actions.', () => pool.threads);
  metrics.gauge('api_factory_heavy_running', 'Heavy actions in progress.', () => pool.running);
  metrics.gauge('api_factory_heavy_queued', 'Queued heavy actions.', () => pool.queued);
  metrics.add({
    name: 'api_factory_heavy_refused_total',
    help: 'Heavy actions answered 503 by reason: queue (full), deadline (too slow), lost (the thread exited).',
    type: 'counter',
    read: () => Object.entries(pool.refused).map(([reason, value]) => ({ labels: { reason }, value })),
  });
}
