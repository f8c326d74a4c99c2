import { drainCustomers, drainEvents } from '../engine/drain.ts';
import type { JobContext } from '../engine/jobs.ts';

/** Processes everything that is due. Terminates, since failures become due later. */
export async function drain(job: JobContext, stopped: () => boolean): Promise<void> {
  do await drainEvents(job, stopped);
  while ((await drainCustomers(job, stopped)) > 0);
}
