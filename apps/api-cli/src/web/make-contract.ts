import { randomBytes } from 'node:crypto';
import { type Context, translateDatabaseError } from '@api-factory/control';
import { createServer, type FailureLimit, GatewayMetrics, packsForContract } from '@api-factory/gateway';
import swagger from '@fastify/swagger';
import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { VERSION } from '../version.ts';
import type { Contract } from './audience.ts';
import { contractHead } from './contract.ts';
import { registerSurface } from './surface.ts';

/** Generates the contract from the route schemas. The routes are registered but never served. */
export async function makeContract(): Promise<Contract> {
  const metrics = new GatewayMetrics({ version: VERSION, node: '' });
  const app = await createServer({
    logger: pino({ level: 'silent' }),
    clock: { now: Date.now },
    metrics,
    newRequestId: () => '',
    trustedProxyHops: 0,
    translateError: translateDatabaseError,
    draining: () => false,
  });
  await app.register(swagger, { openapi: contractHead(VERSION), refResolver: { buildLocalReference: (json) => String(json.$id) } });
  await registerSurface(app, {
    version: VERSION,
    // Registration uses only these; the rest is for handlers.
    context: onlyForHandlers<Context>({ billing: null, adminKey: null, randomBytes }),
    billingJobs: null,
    planMover: null,
    failures: onlyForHandlers<FailureLimit>(),
    metrics,
    servePacks: packsForContract,
    contract: refuse,
    uptimeSeconds: () => 0,
    checks: () => ({}),
    operatorConsole: null,
    settings: loadConfig({}),
  });
  await app.ready();
  return app.swagger() as Contract;
}

/**
 * A `T` that route registration may pass to handlers. Anything not in `known` throws when called.
 */
function onlyForHandlers<T extends object>(known: Partial<T> = {}): T {
  const get = (target: Partial<T>, name: string | symbol) => (name in target ? target[name as keyof T] : refuse);
  return new Proxy(known, { get }) as T;
}

function refuse(): never {
  throw new Error('These routes were registered only for their schemas and serve no requests.');
}
