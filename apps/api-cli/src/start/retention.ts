import { type Database, maintainPartitions } from '@api-factory/control';
import type { Runtime } from '../compose.ts';
import type { Config } from '../config.ts';

const RETENTION_EVERY_MS = 3_600_000;

/**
 * Makes and drops partitions now and every hour. One that can't be changed now, because a back-up
 * reads the table, waits for the next time: events of a day without a partition go into the default
 * one. @returns a function that ends it
 */
export async function keepRetention(db: Database, config: Config, { clock, log }: Runtime): Promise<() => Promise<void>> {
  const maintain = () =>
    maintainPartitions(db, { retentionDays: config.usageRetentionDays, now: new Date(clock.now()) }).catch((err) =>
      log.warn({ err }, 'partitions of usage could not be made or removed; tried again within the hour'),
    );
  await maintain();
  const timer = setInterval(maintain, RETENTION_EVERY_MS);
  return async () => clearInterval(timer);
}
