import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from './progress.ts';
import type { Spool } from './spool.ts';

const POLL_MS = 10;

/**
 * Waits until everything written so far is in the database. @throws AbortError when `signal` aborts
 */
export async function settled(spool: Spool, progress: Progress, signal?: AbortSignal): Promise<void> {
  await spool.flushed();
  for (const end = spool.end; progress.cursor < end; ) await delay(POLL_MS, undefined, { signal });
}
