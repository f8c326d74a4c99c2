import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The abort signal of the request that the current queries belong to. Kept in async context,
 * because every store function would otherwise need a signal argument.
 */
const signals = new AsyncLocalStorage<AbortSignal | null>();

/** Runs `work`; its queries are cancelled when `signal` aborts, and no new one starts. */
export const withCallerSignal = <T>(signal: AbortSignal, work: () => T): T => signals.run(signal, work);

/** Runs `work` detached from the current request’s signal, because its result is shared. */
export const withoutCallerSignal = <T>(work: () => T): T => signals.run(null, work);

/** The current signal; null outside a request. */
export const callerSignal = (): AbortSignal | null => signals.getStore() ?? null;
