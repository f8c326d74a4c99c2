import { drainCustomers, drainEvents } from '../engine/drain.ts';
import type { Working } from '../engine/jobs.ts';

/** Works on all that is due, until nothing is. Failures are counted and come back later, so it ends. */
export async function drain(working: Working, stopped: () => boolean): Promise<void> {
  do await drainEvents(working, stopped);
  while ((await drainCustomers(working, stopped)) > 0);
}
