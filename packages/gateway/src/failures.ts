import '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Counts credentials that are not valid, per address, so that keys can't be guessed. */
export interface FailureLimit {
  /** Counts one. @returns seconds to wait when the address had too many in this minute, else null */
  count(request: FastifyRequest): Promise<number | null>;
}

/** @param perMinute failures that one address may have; the next is refused. Needs @fastify/rate-limit on the app. */
export function createFailureLimit(app: FastifyInstance, perMinute: number): FailureLimit {
  const check = app.createRateLimit({ max: perMinute, timeWindow: 60_000 });
  return {
    count: async (request) => {
      const limit = await check(request);
      return limit.isAllowed || !limit.isExceeded ? null : Math.max(1, limit.ttlInSeconds);
    },
  };
}
