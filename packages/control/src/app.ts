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
/** A plan may name a thousand apis. It is read once the operator is known. */
const MAX_BODY_BYTES = 131_072;

export interface ControlOptions {
  /** Per operator key and, apart from that, per address. */
  adminCallsPerMinute?: number;
  /** Per address, of what anyone may call without a credential: the price list and checkouts. An IPv6 /56 may make four times as many, a /48 sixteen times. */
  publicCallsPerMinute?: number;
  /** What buyers may make us ask of Stripe. */
  buyerShares?: BuyerShares;
  /** The work behind the webhook; null where it is not started. */
  billingJobs?: BillingJobs | null;
  /** The work behind an edit of a plan; null where it is not started. */
  planMover?: PlanMover | null;
  /** Bounds the buyer's pages that one address may fetch. */
  documentLimit?: Limit;
  /** Those that other parts of the process ask too. */
  operators?: Operators;
  /** Origin under which browsers reach this installation, where it is known. */
  publicUrl?: string | null;
}

/** Registers the control plane's HTTP surface: this list is its table of contents. */
export async function registerControl(app: FastifyInstance, context: Context, options: ControlOptions = {}): Promise<void> {
  const callsPerMinute = options.adminCallsPerMinute ?? ADMIN_CALLS_PER_MINUTE;
  const jobs = options.billingJobs ?? null;
  const mover = options.planMover ?? null;
  const operators = options.operators ?? createOperators(context);
  await app.register(async (scope) => {
    await scope.register(rateLimit, { global: false });
    scope.decorateRequest('operator', null);
    scope.decorateRequest('operatorSession', null);
    scope.setValidatorCompiler(compileValidator);
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    await scope.register((own) => registerOwn(own, context, callsPerMinute), { prefix: PREFIX });
    const publicUrl = options.publicUrl ?? null;
    await scope.register((door) => registerSignIn(door, context, { operators, callsPerMinute, publicUrl }), { prefix: PREFIX });
    await scope.register((admin) => registerAdmin(admin, context, { operators, callsPerMinute, jobs, mover }), { prefix: PREFIX });
    await scope.register((open) => registerPublic(open, context, options), {
      prefix: PUBLIC_BILLING_PREFIX,
    });
    await scope.register(async (pages) => {
      if (options.documentLimit) pages.addHook('onRequest', options.documentLimit);
      await billingPages(pages, context);
    });
    await webhookRoutes(scope, context, jobs);
  });
}

/** What a buyer may do who has no credential yet. */
async function registerPublic(scope: FastifyInstance, context: Context, options: ControlOptions): Promise<void> {
  const host = options.publicCallsPerMinute ?? PUBLIC_CALLS_PER_MINUTE;
  const limit = createNetworkLimit({ host, site: 4 * host, organization: 16 * host }, context.clock);
  scope.addHook('onRequest', async ({ ip }) => useAll(limit.of(ip, 'calls')));
  await publicBillingRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context, options.buyerShares);
}

/** What a consumer may read with a key of its own. */
async function registerOwn(scope: FastifyInstance, context: Context, callsPerMinute: number): Promise<void> {
  scope.addHook('onRequest', createLimit(scope, callsPerMinute));
  scope.addHook('onRequest', abortReadsOnDisconnect);
  await ownKeyRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context);
}

/** What an operator may do who has no session yet. */
async function registerSignIn(
  scope: FastifyInstance,
  context: Context,
  { operators, callsPerMinute, publicUrl }: { operators: Operators; callsPerMinute: number; publicUrl: string | null },
): Promise<void> {
  const limit = createLimit(scope, callsPerMinute, (request) => request.operator ?? '');
  await signInRoutes(scope.withTypeProvider<TypeBoxTypeProvider>() as Api, context, { operators, limit, publicUrl });
}

/**
 * What needs the operator key or a session of it, the answer that a path does not exist included. The limits count only authenticated
 * calls: strangers, limited by their failures, can't use up an operator's share.
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
  // Last: the list of operators is read for all who ask, and does not end with one of them.
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
