import { type Database, maintainPartitions } from '@api-factory/control';
import type { Runtime } from '../compose.ts';
import type { Config } from '../config.ts';

const INTERVAL_MS = 3_600_000;

/**
 * Creates and drops partitions now and every hour. A partition locked by a running backup is left
 * to the next run; events of a day without a partition go to the default partition.
 * @returns a function that stops it
 */
export async function keepRetention(db: Database, config: Config, { clock, log }: Runtime): Promise<() => Promise<void>> {
  const maintain = () =>
    maintainPartitions(db, { retentionDays: config.usageRetentionDays, now: new Date(clock.now()) }).catch((err) =>
      log.warn({ err }, 'could not create or drop usage partitions; retrying within the hour'),
    );
  await maintain();
  const timer = setInterval(maintain, INTERVAL_MS);
  return async () => clearInterval(timer);
}
