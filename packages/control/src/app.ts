import { ProblemError } from '@api-factory/core';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { auditRoutes } from './audit/http.ts';
import { consumerRoutes } from './consumers/http.ts';
import type { Context } from './context.ts';
import type { Api } from './http/api.ts';
import { compileValidator } from './http/validate.ts';
import { keyRoutes } from './keys/http.ts';
import { ownKeyRoutes } from './keys/own-http.ts';
import { createAuthenticate } from './operators/authenticate.ts';
import { createLimit } from './operators/limit.ts';
import { planRoutes } from './plans/http.ts';
import { usageRoutes } from './usage/http.ts';

const PREFIX = '/api/admin';
const ADMIN_CALLS_PER_MINUTE = 600;

export interface ControlOptions {
  /** Per operator key and, apart from that, per address. */
  adminCallsPerMinute?: number;
}

/** Registers the control plane's HTTP surface: this list is its table of contents. */
export async function registerControl(app: FastifyInstance, context: Context, options: ControlOptions = {}): Promise<void> {
  const callsPerMinute = options.adminCallsPerMinute ?? ADMIN_CALLS_PER_MINUTE;
  await app.register(async (scope) => {
    await scope.register(rateLimit, { global: false });
    scope.decorateRequest('operator', null);
    scope.setValidatorCompiler(compileValidator);
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    await scope.register((own) => registerOwn(own, context, callsPerMinute), { prefix: PREFIX });
    await scope.register((admin) => registerAdmin(admin, context, callsPerMinute), { prefix: PREFIX });
  });
}

/** What a consumer may read with a key of its own. */
async function registerOwn(scope: FastifyInstance, context: Context, callsPerMinute: number): Promise<void> {
  scope.addHook('onRequest', createLimit(scope, callsPerMinute));
  await ownKeyRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context);
}

/**
 * What needs the operator key, the answer that a path does not exist included. The limits count only authenticated calls: strangers,
 * limited by their failures, can't use up an operator's share.
 */
async function registerAdmin(scope: FastifyInstance, context: Context, callsPerMinute: number): Promise<void> {
  scope.addHook('onRequest', createAuthenticate(context));
  scope.addHook(
    'onRequest',
    createLimit(scope, callsPerMinute, (request) => request.operator ?? ''),
  );
  scope.addHook('onRequest', createLimit(scope, callsPerMinute));
  scope.setNotFoundHandler(() => {
    throw new ProblemError('NOT_FOUND');
  });
  const api = scope.withTypeProvider<TypeBoxTypeProvider>() as Api;
  await auditRoutes(api, context);
  await consumerRoutes(api, context);
  await planRoutes(api, context);
  await keyRoutes(api, context);
  await usageRoutes(api, context);
}
