import { ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export type Limit = (request: FastifyRequest) => Promise<void>;

/**
 * Limits calls per minute by a name that `nameOf` reads from the request, else by its address (of
 * IPv6 the /64). Needs `@fastify/rate-limit` on the scope. Each limit counts for itself.
 */
export function createLimit(app: FastifyInstance, callsPerMinute: number, nameOf?: (request: FastifyRequest) => string): Limit {
  const count = app.createRateLimit({ max: callsPerMinute, timeWindow: 60_000, ...(nameOf ? { keyGenerator: nameOf } : {}) });
  return async (request) => {
    const result = await count(request);
    if (result.isAllowed || !result.isExceeded) return;
    const retryAfterSeconds = Math.max(1, result.ttlInSeconds);
    throw new ProblemError('RATE_LIMITED', {
      detail: `${callsPerMinute} calls per minute are allowed; retry in ${retryAfterSeconds} s.`,
      details: { limit: callsPerMinute, retryAfter: retryAfterSeconds },
      retryAfterSeconds,
    });
  };
}
