import {
  type BillingJobs,
  bearerOf,
  type Context,
  createAuthenticate,
  createOperators,
  type PlanMover,
  registerControl,
  sameSecret,
} from '@api-factory/control';
import {
  ACTIONS,
  type Check,
  createAddressLimit,
  type FailureLimit,
  type GatewayMetrics,
  healthRoutes,
  metricsRoutes,
  type PackOptions,
} from '@api-factory/gateway';
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OperatorConsole } from './console.ts';
import { docsRoutes } from './docs.ts';

/** What the HTTP surface is made of. */
export interface SurfaceParts {
  version: string;
  context: Context;
  /** null: billing is off. */
  billingJobs: BillingJobs | null;
  planMover: PlanMover | null;
  /** Shared by gateway and control plane: a guess is a guess at either. */
  failures: FailureLimit;
  metrics: GatewayMetrics;
  servePacks: (app: FastifyInstance, options: PackOptions) => Promise<void>;
  uptimeSeconds: () => number;
  checks: () => Record<string, Check>;
  /** null: it was not built. */
  operatorConsole: OperatorConsole | null;
  settings: {
    corsOrigins: string[];
    helloCallsPerMinute: number;
    documentCallsPerMinute: number;
    adminCallsPerMinute: number;
    metricsToken: string | null;
    trustedProxyHops: number;
    publicUrl: string | null;
  };
}

/** Puts every route on the app. This is the surface's table of contents, and what the contract is made from. */
export async function registerSurface(app: FastifyInstance, parts: SurfaceParts): Promise<void> {
  const { version, context, failures, metrics, operatorConsole, settings } = parts;
  await app.register(swagger, { openapi: contractHead(version), refResolver: { buildLocalReference: (json) => String(json.$id) } });
  const operators = createOperators(context);
  const documentLimit = createAddressLimit(app, { perMinute: settings.documentCallsPerMinute, metrics });
  const authenticate = createAuthenticate(context, operators);
  healthRoutes(app, { version, uptimeSeconds: parts.uptimeSeconds, checks: parts.checks });
  metricsRoutes(app, {
    metrics,
    access: {
      trustLoopback: settings.trustedProxyHops === 0,
      mayRead: (request) => mayReadMetrics(request, settings.metricsToken, authenticate),
    },
    authenticate,
  });
  await parts.servePacks(app, {
    metrics,
    actions: ACTIONS,
    failures,
    documentLimit,
    helloCallsPerMinute: settings.helloCallsPerMinute,
    corsOrigins: settings.corsOrigins,
  });
  await registerControl(app, context, {
    operators,
    adminCallsPerMinute: settings.adminCallsPerMinute,
    publicUrl: settings.publicUrl,
    billingJobs: parts.billingJobs,
    planMover: parts.planMover,
    documentLimit,
  });
  await docsRoutes(app, { version, limit: documentLimit, withFirstPage: operatorConsole === null });
  operatorConsole?.routes(app, documentLimit);
}

async function mayReadMetrics(
  request: FastifyRequest,
  token: string | null,
  authenticate: (request: FastifyRequest) => Promise<void>,
): Promise<void> {
  const sent = bearerOf(request);
  if (token !== null && sent !== null && sameSecret(sent, token)) return;
  await authenticate(request);
}

const contractHead = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'API-Factory',
    version,
    description: 'Keys, limits, metering and the built-in packs. Every error is a problem (RFC 9457) with a code.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'This installation' }],
  tags: [
    { name: 'health', description: 'Whether it works' },
    { name: 'hello', description: 'Public pack, to see that it answers' },
    { name: 'actions', description: 'Guarded pack' },
    { name: 'session', description: 'Who is signed in to the console' },
    { name: 'operators', description: 'Operator keys' },
    { name: 'keys', description: 'API keys' },
    { name: 'plans', description: 'What is sold: quota and rate' },
    { name: 'consumers', description: 'Who calls' },
    { name: 'billing', description: 'What is sold, and what Stripe says' },
    { name: 'usage', description: 'What was called' },
    { name: 'audit', description: 'Who changed what' },
  ],
  components: {
    securitySchemes: {
      bearerAuth: { type: 'http' as const, scheme: 'bearer', description: 'An API key, or the operator key under /api/admin' },
      sessionCookie: {
        type: 'apiKey' as const,
        in: 'cookie' as const,
        name: 'af_session',
        description: 'A session of the console. A write needs the header `x-csrf-token` too, as `GET /api/admin/session` gives it',
      },
      apiKeyAuth: { type: 'apiKey' as const, in: 'header' as const, name: 'x-api-key' },
    },
  },
});
