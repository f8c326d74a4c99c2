import { ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import { operation, problems } from '../../http/operation.ts';
import { createLimit } from '../../http/rate-limit.ts';
import type { Billing } from '../billing.ts';
import { requireBilling } from '../billing.ts';
import { effectOf } from '../engine/event-effect.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { storeEvents } from '../store/events.ts';
import { raiseFlags } from '../store/flags.ts';
import { recordRefusal } from '../store/state.ts';
import { API_VERSION } from '../stripe/client.ts';
import type { Notice } from '../stripe/events.ts';
import { readWebhook, type Verdict } from '../stripe/webhook.ts';

const MAX_BODY_BYTES = 524_288;
const FAILURES_PER_MINUTE = 60;
/** A refusal with the same reason is recorded at most this often. */
const RECORD_EVERY_MS = 1_000;

const SCHEMA = {
  ...operation('stripeWebhook', 'billing', 'Receive a Stripe event; its signature is the credential'),
  security: [],
  response: { 200: Type.Object({ received: Type.Literal(true) }), ...problems('WEBHOOK_NOT_VALID', 'PAYLOAD_TOO_LARGE', 'BILLING_OFF') },
};

/**
 * `POST /api/stripe/webhook`: responds once the event is stored; it is processed later. Needs
 * `@fastify/rate-limit` on the scope. Encapsulated, because its parser returns raw bytes for every
 * content type.
 */
export async function webhookRoutes(app: FastifyInstance, context: Context, jobs: BillingJobs | null): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const refuse = createRefuse(scope, context);
    const flagVersion = createFlagVersion(context);
    scope.post('/api/stripe/webhook', { schema: SCHEMA, bodyLimit: MAX_BODY_BYTES }, async (request) => {
      const billing = requireBilling(context);
      const verdict = inMode(billing, read(billing, request));
      if ('refusal' in verdict) throw await refuse(billing, request, verdict.refusal);
      await store(context, billing, verdict.notice);
      await flagVersion(billing, verdict.notice);
      if (jobs !== null) setImmediate(jobs.poke);
      return { received: true };
    });
  });
}

function read({ stripe, webhookSecrets, wallClock }: Billing, { body, headers }: FastifyRequest): Verdict {
  const signature = headers['stripe-signature'];
  return readWebhook(stripe, {
    body: body instanceof Uint8Array ? body : new Uint8Array(),
    signature: typeof signature === 'string' ? signature : '',
    secrets: webhookSecrets,
    now: wallClock(),
  });
}

/**
 * Refuses events of the other mode, whose signature may be valid when one endpoint serves both
 * modes. Events of connected accounts, which Stripe sends to live endpoints in test mode too, pass:
 * they are ignored later.
 */
function inMode({ mode }: Billing, verdict: Verdict): Verdict {
  if ('refusal' in verdict || verdict.notice.account !== null || verdict.notice.livemode === (mode === 'live')) return verdict;
  return { refusal: verdict.notice.livemode ? `a live event in ${mode} mode` : 'a test event in live mode' };
}

async function store({ db, clock }: Context, { mode }: Billing, notice: Notice): Promise<void> {
  const state = notice.account !== null || effectOf(notice.type) === 'none' ? 'ignored' : 'pending';
  await storeEvents(db, { mode, events: [{ ...notice, state }], source: 'webhook', at: new Date(clock.now()) });
}

type Refuse = (billing: Billing, request: FastifyRequest, reason: string) => Promise<ProblemError>;

/** Only failures count against an address: a valid delivery passes after any number of them. */
function createRefuse(scope: FastifyInstance, { db, clock, log }: Context): Refuse {
  const limit = createLimit(scope, FAILURES_PER_MINUTE);
  const recordedAt = new Map<string, number>();
  return async ({ mode }, request, reason) => {
    await limit(request);
    const now = clock.now();
    if (Math.abs(now - (recordedAt.get(reason) ?? 0)) >= RECORD_EVERY_MS) {
      recordedAt.set(reason, now);
      await recordRefusal(db, mode, { at: new Date(now), reason }).catch((error: unknown) => {
        log.warn({ err: error }, 'could not record a refused webhook');
      });
    }
    return new ProblemError('WEBHOOK_NOT_VALID', { detail: `The webhook was refused: ${reason}.` });
  };
}

/**
 * Events of another API version are accepted, since only ids are read, and flagged once, since
 * later versions may move those.
 */
function createFlagVersion({ db, clock, log }: Context) {
  const flagged = new Set<string>();
  return async ({ mode }: Billing, { apiVersion }: Notice): Promise<void> => {
    if (apiVersion === null || apiVersion === API_VERSION || flagged.has(apiVersion)) return;
    flagged.add(apiVersion);
    const detail = `Webhooks use API version ${apiVersion}; expected ${API_VERSION}. Change the version of the endpoint in Stripe.`;
    const flags = [{ kind: 'api_version', objectId: apiVersion, detail }];
    await raiseFlags(db, { mode, customerId: null, at: new Date(clock.now()), flags }).catch((error: unknown) => {
      flagged.delete(apiVersion);
      log.warn({ err: error }, 'could not flag the API version of webhooks');
    });
  };
}
