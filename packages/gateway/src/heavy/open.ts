import type { FastifyBaseLogger } from 'fastify';
import type { GatewayMetrics } from '../metrics/metrics.ts';
import { showHeavy } from '../metrics/show.ts';
import { HeavyPool } from './pool.ts';
import { type HeavyRunner, inThisThread } from './runner.ts';

/** The module that the threads run, and their maximum number. */
export interface HeavyThreads {
  thread: URL;
  size: number;
}

const QUEUE_LIMIT = 64;
const DEADLINE_MS = 10_000;
const IDLE_MS = 30_000;

/** Creates the runner of heavy actions: a pool of threads, or the serving thread itself. */
export function openHeavy(
  threads: HeavyThreads | null,
  { metrics, log }: { metrics: GatewayMetrics; log: FastifyBaseLogger },
): HeavyRunner {
  if (threads === null) return inThisThread;
  const onLost = (err: Error) => log.warn({ err }, 'a thread for heavy actions exited unexpectedly; its call was refused');
  const pool = new HeavyPool({ ...threads, queueLimit: QUEUE_LIMIT, deadlineMs: DEADLINE_MS, idleMs: IDLE_MS, onLost });
  showHeavy(metrics, pool);
  return pool;
}
