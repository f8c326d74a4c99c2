import '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Counts invalid credentials per address, to prevent guessing of keys. */
export interface FailureLimit {
  /** Counts one. @returns seconds to wait if the address has exceeded the limit, else null */
  count(request: FastifyRequest): Promise<number | null>;
}

/** @param perMinute limit per address. Needs @fastify/rate-limit on the app. */
export function createFailureLimit(app: FastifyInstance, perMinute: number): FailureLimit {
  const check = app.createRateLimit({ max: perMinute, timeWindow: 60_000 });
  return {
    count: async (request) => {
      const limit = await check(request);
      return limit.isAllowed || !limit.isExceeded ? null : Math.max(1, limit.ttlInSeconds);
    },
  };
}
