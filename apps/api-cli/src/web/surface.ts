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
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Contract } from './audience.ts';
import type { OperatorConsole } from './console.ts';
import { docsRoutes } from './docs.ts';

/** Dependencies of the HTTP routes. */
export interface SurfaceParts {
  version: string;
  context: Context;
  /** null: billing is off. */
  billingJobs: BillingJobs | null;
  planMover: PlanMover | null;
  /** Shared by the gateway and the control plane: failed guesses at either count together. */
  failures: FailureLimit;
  metrics: GatewayMetrics;
  servePacks: (app: FastifyInstance, options: PackOptions) => Promise<void>;
  contract: () => Promise<Contract>;
  uptimeSeconds: () => number;
  checks: () => Record<string, Check>;
  /** null: not built. */
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

/**
 * Registers every route: the table of contents of the HTTP surface, and the source of the contract.
 */
export async function registerSurface(app: FastifyInstance, parts: SurfaceParts): Promise<void> {
  const { version, context, failures, metrics, operatorConsole, settings } = parts;
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
  await docsRoutes(app, { version, contract: parts.contract, limit: documentLimit, withFirstPage: operatorConsole === null });
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
