import { setTimeout as pause } from 'node:timers/promises';
import { ProblemError } from '@api-factory/core';

/**
 * Waits for `work` no longer than `ms`. It is not ended then, and what comes of it is dropped: a lease must not run out while its holder waits for Stripe,
 * whose client repeats a request that timed out.
 * @throws ProblemError STRIPE_UNAVAILABLE
 */
export async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const late = pause(ms, undefined, { signal: end.signal }).then((): never => {
    throw new ProblemError('STRIPE_UNAVAILABLE', { detail: `Stripe did not answer within ${ms / 1_000} s.`, retryAfterSeconds: 5 });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}
