import { randomBytes } from 'node:crypto';
import type { BillingMode } from '@api-factory/core';
import { PROBLEM_SCHEMA, problemBody, toProblem } from '@api-factory/core';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import type { Context } from '../../context.ts';
import { openDatabase } from '../../store/database.ts';
import { translateDatabaseError } from '../../store/errors.ts';
import { type FreshDatabase, freshDatabase } from '../../testing/database.ts';
import { webhookRoutes } from '../inbox/webhook-http.ts';
import { createStripeClient } from '../stripe/client.ts';

export const SECRET = 'whsec_first';
export const ROTATED = 'whsec_second';
export const NOW = Date.UTC(2026, 0, 15, 12);

export interface Sent {
  body?: string;
  secret?: string;
  /** Time of the signature in seconds after `NOW`. */
  signedAt?: number;
  signature?: string | null;
  contentType?: string | null;
}

export interface IntakeApp {
  context: Context;
  database: FreshDatabase;
  /** How often the worker was poked. */
  pokes: () => number;
  send: (sent: Sent) => Promise<{ status: number; body: { received?: boolean; code?: string; detail?: string } }>;
  close: () => Promise<void>;
}

export interface IntakeOptions {
  mode?: BillingMode;
  /** Billing is off. */
  off?: boolean;
  /** The database is unreachable. */
  away?: boolean;
  /** How far the product's clock, which never steps back, is ahead of the machine's. */
  clockAheadMs?: number;
}

let events = 0;

/** An event as Stripe sends it. */
export const anEvent = (parts: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: `evt_${++events}`,
  object: 'event',
  api_version: '2026-10-28.endive',
  created: NOW / 1_000 - 5,
  livemode: false,
  pending_webhooks: 1,
  type: 'customer.subscription.updated',
  data: { object: { id: 'sub_1', object: 'subscription', customer: 'cus_1' } },
  ...parts,
});

/** Only the webhook route, with its own database and a fixed clock. Stripe is never called. */
export async function intakeApp({ mode = 'test', off = false, away = false, clockAheadMs = 0 }: IntakeOptions = {}): Promise<IntakeApp> {
  const database = await freshDatabase();
  const nowhere = openDatabase('postgres://nobody:nothing@127.0.0.1:9/nothing');
  const app = Fastify();
  const stripe = createStripeClient({ secretKey: 'sk_test_unused', apiBase: 'http://127.0.0.1:9' });
  const secrets = {
    webhookSecrets: [SECRET, ROTATED],
    graceDays: 7,
    publicUrl: () => '',
    portalByKey: true,
    wallClock: () => NOW,
    sandbox: null,
  };
  const context: Context = {
    db: away ? nowhere : database.db,
    clock: { now: () => NOW + clockAheadMs },
    newId: (prefix) => `${prefix}_1`,
    randomBytes,
    log: app.log,
    keyMode: mode === 'live' ? 'live' : 'test',
    billing: off ? null : { mode, stripe, ...secrets },
    adminKey: null,
    limits: { of: () => null },
    changed: async () => {},
    catchUp: async () => {},
    snapshotMaxAgeSeconds: 30,
    failedCredential: async () => null,
  };
  let poked = 0;
  const jobs = { poke: () => void poked++, reconcile: unused, state: unused, idle: unused, stop: unused };
  app.addSchema(PROBLEM_SCHEMA);
  app.setErrorHandler((error, request, reply) => {
    const { code, parts } = toProblem(translateDatabaseError(error) ?? error);
    const body = problemBody(code, parts, request.url, request.id);
    return reply.code(body.status).send(body);
  });
  await app.register(rateLimit, { global: false });
  await webhookRoutes(app, context, jobs);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    context,
    database,
    pokes: () => poked,
    send: async ({ body = JSON.stringify(anEvent()), secret = SECRET, signedAt = 0, signature, contentType = 'application/json' }) => {
      const signed = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: NOW / 1_000 + signedAt });
      const headers = new Headers();
      if (signature !== null) headers.set('stripe-signature', signature ?? signed);
      if (contentType !== null) headers.set('content-type', contentType);
      const reply = await fetch(`${url}/api/stripe/webhook`, { method: 'POST', headers, body: new TextEncoder().encode(body) });
      return { status: reply.status, body: (await reply.json()) as Record<string, never> };
    },
    close: async () => {
      await app.close();
      await nowhere.destroy();
      await database.drop();
    },
  };
}

const unused = (): never => {
  throw new Error('not part of the intake');
};
