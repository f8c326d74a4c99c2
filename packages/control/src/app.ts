import { ProblemError } from '@api-factory/core';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { auditRoutes } from './audit/http.ts';
import type { BillingJobs } from './billing/engine/jobs.ts';
import { webhookRoutes } from './billing/inbox/webhook-http.ts';
import { adminBillingRoutes } from './billing/operating/admin-http.ts';
import type { BuyerShares } from './billing/selling/buyer-limits.ts';
import { billingPages } from './billing/selling/pages.ts';
import { publicBillingRoutes } from './billing/selling/public-http.ts';
import { pushRoute } from './billing/selling/push-http.ts';
import { consumerRoutes } from './consumers/http.ts';
import type { Context } from './context.ts';
import { abortReadsOnDisconnect } from './http/abort-reads.ts';
import type { Api } from './http/api.ts';
import { createLimit, type Limit } from './http/rate-limit.ts';
import { compileValidator } from './http/validate.ts';
import { createNetworkLimit, useAll } from './http/window-limit.ts';
import { keyRoutes, ownKeyRoutes } from './keys/http.ts';
import { createAuthenticate } from './operators/authenticate.ts';
import { documentCsrfRefusal } from './operators/csrf.ts';
import { operatorRoutes } from './operators/http.ts';
import { createOperators, type Operators } from './operators/operators.ts';
import { sessionRoutes, signInRoutes } from './operators/session-http.ts';
import { overviewRoutes } from './overview/http.ts';
import { planRoutes } from './plans/http.ts';
import type { PlanMover } from './plans/mover.ts';
import { usageRoutes } from './usage/read/http.ts';

const PREFIX = '/api/admin';
const PUBLIC_BILLING_PREFIX = '/api/billing';
const ADMIN_CALLS_PER_MINUTE = 600;
const PUBLIC_CALLS_PER_MINUTE = 60;
/** A plan may list a thousand apis. */
const MAX_BODY_BYTES = 131_072;

export interface ControlOptions {
  /** Per operator key and, separately, per address. */
  adminCallsPerMinute?: number;
  /**
   * Per address, for calls without a credential: the price list and checkouts. An IPv6 /56 gets
   * four times as many, a /48 sixteen times.
   */
  publicCallsPerMinute?: number;
  /** Limits on the Stripe requests that buyers can cause. */
  buyerShares?: BuyerShares;
  /** Processes webhook events; null when it is not running. */
  billingJobs?: BillingJobs | null;
  /** Moves entitlements after a plan edit; null when it is not running. */
  planMover?: PlanMover | null;
  /** Limits how many of the buyer's pages one address may load. */
  documentLimit?: Limit;
  /** The registry of operators, shared with other parts of the process. */
  operators?: Operators;
  /** Public origin of this installation; null when it is not known. */
  publicUrl?: string | null;
}

/** Registers the control plane's HTTP surface: this list is its table of contents. */
export async function registerControl(app: FastifyInstance, context: Context, options: ControlOptions = {}): Promise<void> {
  const callsPerMinute = options.adminCallsPerMinute ?? ADMIN_CALLS_PER_MINUTE;
  const jobs = options.billingJobs ?? null;
  const mover = options.planMover ?? null;
  const operators = options.operators ?? createOperators(context);
  await app.register(async (control) => {
    await control.register(rateLimit, { global: false });
    control.decorateRequest('operator', null);
    control.decorateRequest('operatorSession', null);
    control.setValidatorCompiler(compileValidator);
    control.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    await control.register((scope) => registerOwn(scope, context, callsPerMinute), { prefix: PREFIX });
    const publicUrl = options.publicUrl ?? null;
    await control.register((scope) => registerSignIn(scope, context, { operators, callsPerMinute, publicUrl }), { prefix: PREFIX });
    await control.register((scope) => registerAdmin(scope, context, { operators, callsPerMinute, jobs, mover }), { prefix: PREFIX });
    await control.register((scope) => registerPublic(scope, context, options), {
      prefix: PUBLIC_BILLING_PREFIX,
    });
    await control.register(async (pages) => {
      if (options.documentLimit) pages.addHook('onRequest', options.documentLimit);
      await billingPages(pages, context);
    });
    await webhookRoutes(control, context, jobs);
  });
}

/** Routes for buyers, without a credential. */
async function registerPublic(scope: FastifyInstance, context: Context, options: ControlOptions): Promise<void> {
  const host = options.publicCallsPerMinute ?? PUBLIC_CALLS_PER_MINUTE;
  const limit = createNetworkLimit({ host, site: 4 * host, organization: 16 * host }, context.clock);
  scope.addHook('onRequest', async ({ ip }) => useAll(limit.of(ip, 'calls')));
  await publicBillingRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context, options.buyerShares);
}

/** Routes that take a consumer’s API key. */
async function registerOwn(scope: FastifyInstance, context: Context, callsPerMinute: number): Promise<void> {
  scope.addHook('onRequest', createLimit(scope, callsPerMinute));
  scope.addHook('onRequest', abortReadsOnDisconnect);
  await ownKeyRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context);
}

/** Sign-in, without a session. */
async function registerSignIn(
  scope: FastifyInstance,
  context: Context,
  { operators, callsPerMinute, publicUrl }: { operators: Operators; callsPerMinute: number; publicUrl: string | null },
): Promise<void> {
  const limit = createLimit(scope, callsPerMinute, (request) => request.operator ?? '');
  await signInRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context, { operators, limit, publicUrl });
}

/**
 * Routes that need the operator key or a session, and the 404 of unknown paths. The limits count
 * authenticated calls only, so strangers can’t use up an operator’s share; failed credentials have
 * a limit of their own.
 */
async function registerAdmin(
  scope: FastifyInstance,
  context: Context,
  {
    operators,
    callsPerMinute,
    jobs,
    mover,
  }: { operators: Operators; callsPerMinute: number; jobs: BillingJobs | null; mover: PlanMover | null },
): Promise<void> {
  scope.addHook('onRoute', documentCsrfRefusal);
  scope.addHook('onRoute', (route) => {
    route.bodyLimit ??= MAX_BODY_BYTES;
  });
  scope.addHook('onRequest', createAuthenticate(context, operators));
  scope.addHook(
    'onRequest',
    createLimit(scope, callsPerMinute, (request) => request.operator ?? ''),
  );
  scope.addHook('onRequest', createLimit(scope, callsPerMinute));
  // Last: the operator list is read on behalf of all callers and must not be aborted with one of
  // them.
  scope.addHook('onRequest', abortReadsOnDisconnect);
  scope.setNotFoundHandler(() => {
    throw new ProblemError('NOT_FOUND');
  });
  const api = scope.withTypeProvider<TypeBoxTypeProvider>() as Api;
  await sessionRoutes(api, context, operators);
  await operatorRoutes(api, context, operators);
  await auditRoutes(api, context);
  await consumerRoutes(api, context);
  await planRoutes(api, context, mover);
  await keyRoutes(api, context);
  await usageRoutes(api, context);
  await adminBillingRoutes(api, context, jobs);
  pushRoute(api, context);
  await overviewRoutes(api, context);
}
