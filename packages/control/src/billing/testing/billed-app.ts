import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '@api-factory/billing-sandbox';
import { testSandbox } from '@api-factory/billing-sandbox/testing/sandbox';
import type { BillingMode } from '@api-factory/core';
import { PROBLEM_SCHEMA, problemBody, toProblem } from '@api-factory/core';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { registerControl } from '../../app.ts';
import type { Context, LiveLimits } from '../../context.ts';
import { seedPlans } from '../../plans/change.ts';
import { translateDatabaseError } from '../../store/errors.ts';
import { ADMIN_KEY } from '../../testing/app.ts';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import type { Billing } from '../billing.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { startBilling } from '../engine/worker.ts';
import type { BuyerShares } from '../selling/buyer-limits.ts';
import { createStripeClient } from '../stripe/client.ts';
import { type Answered, Browser } from './browser.ts';

export interface BilledOptions {
  mode?: BillingMode;
  graceDays?: number;
  /** Public calls per minute and address. Default: practically unlimited. */
  publicCallsPerMinute?: number;
  /** Limits of requests to Stripe. Default: practically unlimited. */
  buyerShares?: BuyerShares;
  /** Default true. */
  portalByKey?: boolean;
  /** false: no worker runs, and routes have no jobs. */
  jobs?: boolean;
  /** false: events stay in the sandbox. */
  deliver?: boolean;
  /** Billing is off when true. */
  off?: boolean;
  /** Replaces the origin in cookies and links. */
  publicUrl?: string;
}

/**
 * The control plane with billing on a real port, with its own sandbox that delivers events to it.
 */
export interface BilledApp {
  app: FastifyInstance;
  context: Context;
  database: FreshDatabase;
  sandbox: Sandbox;
  jobs: BillingJobs | null;
  /** The address that it listens on. */
  url: string;
  /** Live limits of the gateway by entitlement; set by tests. */
  live: Map<string, NonNullable<ReturnType<LiveLimits['of']>>>;
  /** Calls the operator API. `path` is relative to /api/admin. */
  admin: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answered>;
  /** A new browser with its own cookies. */
  browser: () => Browser;
  /** Waits until no delivery, event or customer is due. */
  settled: () => Promise<void>;
  /** Errors that returned 500. Tests remove expected ones; any others make `close` fail. */
  faults: unknown[];
  /** The log as text. */
  logged: () => string;
  close: () => Promise<void>;
}

const UNLIMITED: BuyerShares = { checkouts: 100_000, checkoutsFrom: { host: 100_000, site: 100_000, organization: 100_000 } };
const WEBHOOK = '/api/stripe/webhook';

/** The real clock: signatures, leases and the database's time must agree. */
const clock = { now: () => Date.now() };

export async function billedApp(options: BilledOptions = {}): Promise<BilledApp> {
  const [database, sandbox] = await Promise.all([freshDatabase(), testSandbox({ clock })]);
  const live: BilledApp['live'] = new Map();
  const faults: unknown[] = [];
  const lines: string[] = [];
  let url = '';
  const deliveries = new Set<string>();
  const app = serve(faults, deliveries);
  const billing: Billing = {
    mode: options.mode ?? 'sandbox',
    stripe: createStripeClient({ secretKey: sandbox.secretKey, apiBase: sandbox.url }),
    webhookSecrets: [sandbox.webhookSecret],
    graceDays: options.graceDays ?? 7,
    publicUrl: () => options.publicUrl ?? url,
    portalByKey: options.portalByKey ?? true,
    wallClock: clock.now,
    sandbox: { url: sandbox.url, token: sandbox.token },
  };
  const context: Context = {
    clock,
    db: database.db,
    newId: (prefix) => `${prefix}_${randomBytes(8).toString('hex')}`,
    randomBytes,
    log: recordingLog(lines),
    keyMode: options.off || billing.mode === 'live' ? 'live' : 'test',
    billing: options.off ? null : billing,
    adminKey: ADMIN_KEY,
    limits: { of: (id) => live.get(id) ?? null },
    changed: async () => {},
    catchUp: async () => {},
    snapshotMaxAgeSeconds: 30,
    failedCredential: async () => null,
  };
  await seedPlans(context);
  const jobs = options.jobs === false || options.off ? null : startBilling(context);
  const { publicCallsPerMinute = 100_000, buyerShares = UNLIMITED } = options;
  await registerControl(app, context, { billingJobs: jobs, publicCallsPerMinute, buyerShares });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  if (options.deliver !== false) sandbox.deliverTo(`${url}${WEBHOOK}`);
  const browser = () => new Browser(url);
  return {
    app,
    context,
    database,
    sandbox,
    jobs,
    url,
    live,
    faults,
    browser,
    logged: () => lines.join('\n'),
    admin: (method, path, body, headers = {}) =>
      browser().call(method, `/api/admin${path}`, body, { authorization: `Bearer ${ADMIN_KEY}`, ...headers }),
    settled: async () => {
      await sandbox.idle();
      await jobs?.idle();
    },
    close: async () => {
      await jobs?.stop();
      // Running deliveries must end before the database is dropped; those to a killed process never
      // do.
      for (let rounds = 0; deliveries.size > 0 && rounds < 500; rounds += 1) await pause(2);
      await app.close();
      const sandboxError = await sandbox.close().then(
        () => null,
        (error: unknown) => error,
      );
      await database.drop();
      if (sandboxError !== null) throw sandboxError;
      if (faults.length > 0) throw new AggregateError(faults, 'a request returned 500');
    },
  };
}

/** Handles errors like the product's server. */
function serve(faults: unknown[], deliveries: Set<string>): FastifyInstance {
  let requests = 0;
  const app = Fastify({ genReqId: () => `req_${++requests}`, forceCloseConnections: true });
  app.addHook('onRequest', async ({ id, url }) => void (url === WEBHOOK && deliveries.add(id)));
  app.addHook('onResponse', async ({ id }) => void deliveries.delete(id));
  app.addSchema(PROBLEM_SCHEMA);
  app.setErrorHandler((error, request, reply) => {
    const { code, parts } = toProblem(translateDatabaseError(error) ?? error);
    if (code === 'INTERNAL_ERROR') faults.push(error);
    const body = problemBody(code, parts, request.url.split('?', 1)[0] ?? '', request.id);
    if (parts.retryAfterSeconds !== undefined) reply.header('retry-after', parts.retryAfterSeconds);
    return reply
      .code(body.status)
      .headers(parts.headers ?? {})
      .type('application/problem+json')
      .send(body);
  });
  return app;
}

/** A logger that keeps every line as text, for tests that search it for secrets. */
function recordingLog(lines: string[]): FastifyBaseLogger {
  const write = (...parts: unknown[]) =>
    void lines.push(parts.map((part) => (part instanceof Error ? String(part.stack) : JSON.stringify(part, withErrors))).join(' '));
  const log = { level: 'trace', fatal: write, error: write, warn: write, info: write, debug: write, trace: write, silent: () => {} };
  return { ...log, child: () => recordingLog(lines) } as unknown as FastifyBaseLogger;
}

const withErrors = (_name: string, value: unknown) => (value instanceof Error ? String(value.stack) : value);
