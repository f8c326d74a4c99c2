import { ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export type Limit = (request: FastifyRequest) => Promise<void>;

/**
 * Limits calls per minute by the name that `nameOf` reads from the request, by default its address
 * (for IPv6 the /64). Needs `@fastify/rate-limit` on the scope. Each limit has its own counts.
 */
export function createLimit(app: FastifyInstance, callsPerMinute: number, nameOf?: (request: FastifyRequest) => string): Limit {
  const count = app.createRateLimit({ max: callsPerMinute, timeWindow: 60_000, ...(nameOf ? { keyGenerator: nameOf } : {}) });
  return async (request) => {
    const result = await count(request);
    if (result.isAllowed || !result.isExceeded) return;
    const retryAfterSeconds = Math.max(1, result.ttlInSeconds);
    throw new ProblemError('RATE_LIMITED', {
      detail: `The limit is ${callsPerMinute} calls per minute. Retry in ${retryAfterSeconds} s.`,
      details: { limit: callsPerMinute, retryAfter: retryAfterSeconds },
      retryAfterSeconds,
    });
  };
}
