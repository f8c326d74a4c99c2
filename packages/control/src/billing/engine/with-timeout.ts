import { setTimeout as pause } from 'node:timers/promises';
import { ProblemError } from '@api-factory/core';

/**
 * Waits at most `ms` for `work`, which is not cancelled; its late result is dropped. Stripe's
 * client retries requests that time out, and a lease must not expire meanwhile.
 * @throws ProblemError STRIPE_UNAVAILABLE
 */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const late = pause(ms, undefined, { signal: end.signal }).then((): never => {
    throw new ProblemError('STRIPE_UNAVAILABLE', { detail: `Stripe did not respond within ${ms / 1_000} s.`, retryAfterSeconds: 5 });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}
