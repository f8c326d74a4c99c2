import { type Database, maintainPartitions } from '@api-factory/control';
import type { Runtime } from '../compose.ts';
import type { Config } from '../config.ts';

const RETENTION_EVERY_MS = 3_600_000;

/**
 * Creates and drops partitions now and every hour. A partition that can't be changed now, because a
 * backup reads the table, waits for the next run: events of a day without a partition go to the
 * default partition. @returns a function that stops it
 */
export async function keepRetention(db: Database, config: Config, { clock, log }: Runtime): Promise<() => Promise<void>> {
  const maintain = () =>
    maintainPartitions(db, { retentionDays: config.usageRetentionDays, now: new Date(clock.now()) }).catch((err) =>
      log.warn({ err }, 'could not create or drop usage partitions; retrying within the hour'),
    );
  await maintain();
  const timer = setInterval(maintain, RETENTION_EVERY_MS);
  return async () => clearInterval(timer);
}
