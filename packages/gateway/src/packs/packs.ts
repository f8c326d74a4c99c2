import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { AddressLimit } from '../address-limit.ts';
import { EXPOSED_HEADERS } from '../answer/cors.ts';
import type { FailureLimit } from '../failures.ts';
import type { GatewayMetrics } from '../metrics/metrics.ts';
import { tooManyCalls } from '../server.ts';
import type { Action } from './actions/action.ts';
import { type ActionOptions, actionRoutes } from './actions/http.ts';
import { helloRoutes } from './hello.ts';

export interface PackOptions {
  /** The actions of `POST /api/v1/actions`. */
  actions: readonly Action[];
  failures: FailureLimit;
  /** Limits how many public documents an address may fetch. */
  documentLimit: AddressLimit;
  helloCallsPerMinute: number;
  metrics: GatewayMetrics;
  /** Origins allowed by CORS. */
  corsOrigins: string[];
}

const PREFIX = '/api/v1';

/** Registers every pack. */
export async function servePacks(app: FastifyInstance, packs: PackOptions, meter: ActionOptions): Promise<void> {
  const serve = async (scope: FastifyInstance): Promise<void> => {
    if (packs.corsOrigins.length > 0)
      await scope.register(cors, { origin: packs.corsOrigins, exposedHeaders: EXPOSED_HEADERS, maxAge: 600, strictPreflight: false });
    actionRoutes(scope, packs, meter);
    await scope.register(async (hello) => {
      await hello.register(rateLimit, {
        max: packs.helloCallsPerMinute,
        timeWindow: 60_000,
        errorResponseBuilder: tooManyCalls(packs.metrics),
      });
      helloRoutes(hello, meter);
    });
  };
  Object.assign(app.crossOrigin, { prefix: `${PREFIX}/`, origins: new Set(packs.corsOrigins) });
  // The prefix limits preflight responses to API paths.
  await app.register(serve, { prefix: PREFIX });
}

/**
 * Registers the packs' routes and schemas without a data plane, for generating the contract. Every
 * call fails.
 */
export async function packsForContract(app: FastifyInstance, packs: PackOptions): Promise<void> {
  const onRequest = () => () => {
    throw new Error('this server only generates the contract');
  };
  await servePacks(app, packs, { guard: { onRequest }, clock: { now: () => 0 } } as unknown as ActionOptions);
}
