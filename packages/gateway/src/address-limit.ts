import '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GatewayMetrics } from './metrics/metrics.ts';
import { tooManyCalls } from './server.ts';

/** An onRequest hook that limits requests per address. @throws ProblemError RATE_LIMITED */
export type AddressLimit = (request: FastifyRequest) => Promise<void>;

/** All routes with the hook share one counter. Needs @fastify/rate-limit on the app. */
export function createAddressLimit(app: FastifyInstance, options: { perMinute: number; metrics: GatewayMetrics }): AddressLimit {
  const check = app.createRateLimit({ max: options.perMinute, timeWindow: 60_000 });
  const refuse = tooManyCalls(options.metrics);
  return async (request) => {
    const limit = await check(request);
    if (limit.isAllowed || !limit.isExceeded) return;
    throw refuse(request, { max: limit.max, ttl: limit.ttl });
  };
}
