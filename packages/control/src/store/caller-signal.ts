import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Aborts when the client that waits for the current queries has left. Kept in async context, not passed as an argument: that would put a
 * signal into the signature of every read of every store.
 */
const asker = new AsyncLocalStorage<AbortSignal | null>();

/** Runs `work`; a query that it makes ends when `signal` aborts, and no further one begins. */
export const withCallerSignal = <T>(signal: AbortSignal, work: () => T): T => asker.run(signal, work);

/** Runs `work` for whoever comes next: what it asks is not bound to the present asker. */
export const withoutCallerSignal = <T>(work: () => T): T => asker.run(null, work);

/** Aborts when nobody waits for the answer any more; null when that can't be known. */
export const callerSignal = (): AbortSignal | null => asker.getStore() ?? null;
