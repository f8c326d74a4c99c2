import { ProblemError } from '@api-factory/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../context.ts';
import { createLimit } from '../../http/limit.ts';
import { operation, problems } from '../../http/operation.ts';
import type { Billing } from '../billing.ts';
import { requireBilling } from '../billing.ts';
import { leadOf } from '../engine/event-effect.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { storeEvents } from '../store/events.ts';
import { raiseFlags } from '../store/flags.ts';
import { noteRefusal } from '../store/state.ts';
import { API_VERSION } from '../stripe/client.ts';
import type { Notice } from '../stripe/events.ts';
import { readWebhook, type Verdict } from '../stripe/webhook.ts';

const LONGEST_BODY = 524_288;
const FAILURES_PER_MINUTE = 60;
/** A refusal of one kind is written down no more often than this. */
const NOTE_EVERY_MS = 1_000;

const SCHEMA = {
  ...operation('stripeWebhook', 'billing', 'Take an event of Stripe’s; its signature is the credential'),
  security: [],
  response: { 200: Type.Object({ received: Type.Literal(true) }), ...problems('WEBHOOK_NOT_VALID', 'PAYLOAD_TOO_LARGE', 'BILLING_OFF') },
};

/**
 * `POST /api/stripe/webhook`. An event is answered once it is stored, and worked on afterwards. Needs `@fastify/rate-limit` on the scope. The plugin is
 * encapsulated: its parser hands over bytes, and no other route may get those.
 */
export async function webhookRoutes(app: FastifyInstance, context: Context, jobs: BillingJobs | null): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const refuse = createRefuse(scope, context);
    const flagVersion = createFlagVersion(context);
    scope.post('/api/stripe/webhook', { schema: SCHEMA, bodyLimit: LONGEST_BODY }, async (request) => {
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
 * Both kinds of events can be signed with one secret: that of an endpoint which an operator configured in both. Stripe sends test events of connected
 * accounts to live endpoints; those mean nothing here in either mode.
 */
function inMode({ mode }: Billing, verdict: Verdict): Verdict {
  if ('refusal' in verdict || verdict.notice.account !== null || verdict.notice.livemode === (mode === 'live')) return verdict;
  return { refusal: verdict.notice.livemode ? `a live event in mode ${mode}` : 'a test event in mode live' };
}

async function store({ db, clock }: Context, { mode }: Billing, notice: Notice): Promise<void> {
  const state = notice.account !== null || leadOf(notice.type) === 'none' ? 'ignored' : 'pending';
  await storeEvents(db, { mode, events: [{ ...notice, state }], source: 'webhook', at: new Date(clock.now()) });
}

type Refuse = (billing: Billing, request: FastifyRequest, reason: string) => Promise<ProblemError>;

/** Only failures count against an address, so that what Stripe signed is taken however many others fail from there. */
function createRefuse(scope: FastifyInstance, { db, clock, log }: Context): Refuse {
  const limit = createLimit(scope, FAILURES_PER_MINUTE);
  const notedAt = new Map<string, number>();
  return async ({ mode }, request, reason) => {
    await limit(request);
    const now = clock.now();
    if (Math.abs(now - (notedAt.get(reason) ?? 0)) >= NOTE_EVERY_MS) {
      notedAt.set(reason, now);
      await noteRefusal(db, mode, { at: new Date(now), reason }).catch((error: unknown) => {
        log.warn({ err: error }, 'a refused webhook could not be written down');
      });
    }
    return new ProblemError('WEBHOOK_NOT_VALID', { detail: `The webhook was refused: ${reason}.` });
  };
}

/** An endpoint of another version is taken: of an event only ids are read. It is flagged once, for later versions may move those. */
function createFlagVersion({ db, clock, log }: Context) {
  const flagged = new Set<string>();
  return async ({ mode }: Billing, { apiVersion }: Notice): Promise<void> => {
    if (apiVersion === null || apiVersion === API_VERSION || flagged.has(apiVersion)) return;
    flagged.add(apiVersion);
    const detail = `Webhooks come in the version ${apiVersion}; ${API_VERSION} is expected. Set it on the endpoint.`;
    const flags = [{ kind: 'api_version', objectId: apiVersion, detail }];
    await raiseFlags(db, { mode, customerId: null, at: new Date(clock.now()), flags }).catch((error: unknown) => {
      flagged.delete(apiVersion);
      log.warn({ err: error }, 'another version of webhooks could not be flagged');
    });
  };
}
