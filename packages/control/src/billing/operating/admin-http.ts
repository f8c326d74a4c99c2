import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer, ListAnswer, listAnswer } from '../../http/envelope.ts';
import { notFound } from '../../http/errors.ts';
import { ById } from '../../http/fields.ts';
import { operation, problems } from '../../http/operation.ts';
import { pageRequest } from '../../http/page.ts';
import { requireBilling } from '../billing.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { listDrift } from '../store/drift.ts';
import { findEvent, listInbox } from '../store/event-list.ts';
import { replayEvent } from '../store/events.ts';
import { listFlags } from '../store/flags.ts';
import { listSubscriptions } from '../store/subscriptions.ts';
import { disputeRoutes } from './dispute-http.ts';
import { billingHealth } from './health.ts';
import { repairRoutes } from './repair-http.ts';
import { sandboxRoutes } from './sandbox-http.ts';
import { sendTestEvent } from './send-test-event.ts';
import * as schema from './views.ts';
import { presentDrift, presentEvent, presentFlag, presentSubscription } from './views.ts';

const list = (operationId: string, summary: string) => operation(operationId, 'billing', summary);

/**
 * The operator's billing routes. `jobs` is null when the billing jobs do not run in this process.
 */
export async function adminBillingRoutes(app: Api, context: Context, jobs: BillingJobs | null): Promise<void> {
  healthRoutes(app, context, jobs);
  inboxRoutes(app, context, jobs);
  listRoutes(app, context);
  repairRoutes(app, context, jobs);
  disputeRoutes(app, context);
  sandboxRoutes(app, context);
}

function healthRoutes(app: Api, context: Context, jobs: BillingJobs | null): void {
  const read = {
    ...list('getBilling', 'Get billing mode, webhook health, inbox and drift'),
    response: { 200: Answer(schema.BillingView), ...problems() },
  };
  app.get('/billing', { schema: read }, async (request) => answer(request, await billingHealth(context, jobs)));

  const test = {
    ...list('testWebhook', 'Send a signed test event to this installation’s webhook'),
    response: { 200: Answer(schema.TestedWebhook), ...problems('BILLING_OFF', 'CONFLICT') },
  };
  app.post('/billing/test-webhook', { schema: test }, async (request) => answer(request, await sendTestEvent(context)));
}

function inboxRoutes(app: Api, context: Context, jobs: BillingJobs | null): void {
  const events = {
    ...list('listBillingEvents', 'List received Stripe events, newest first'),
    querystring: schema.EventQuery,
    response: { 200: ListAnswer(schema.EventView), ...problems('BILLING_OFF', 'VALIDATION_FAILED') },
  };
  app.get('/billing/events', { schema: events }, async (request) => {
    const { mode } = requireBilling(context);
    const { state } = request.query;
    return listAnswer(request, await listInbox(context.db, { mode, state }, pageRequest(request.query)), presentEvent);
  });

  const replay = {
    ...list('replayBillingEvent', 'Process an event again, as if it had just arrived'),
    params: ById,
    response: { 200: Answer(schema.EventView), ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'NOT_FOUND') },
  };
  app.post('/billing/events/:id/replay', { schema: replay }, async (request) => {
    const { mode } = requireBilling(context);
    const { id } = request.params;
    await replayEvent(context.db, mode, { id, at: new Date(context.clock.now()) });
    const event = await findEvent(context.db, mode, id);
    if (event === null) throw notFound('event');
    jobs?.poke();
    return answer(request, presentEvent(event));
  });
}

function listRoutes(app: Api, context: Context): void {
  const subscriptions = {
    ...list('listSubscriptions', 'List subscriptions as last synced, newest first'),
    querystring: schema.SubscriptionQuery,
    response: { 200: ListAnswer(schema.SubscriptionView), ...problems('BILLING_OFF', 'VALIDATION_FAILED') },
  };
  app.get('/billing/subscriptions', { schema: subscriptions }, async (request) => {
    const { mode } = requireBilling(context);
    const page = await listSubscriptions(context.db, { ...request.query, mode }, pageRequest(request.query));
    return listAnswer(request, page, presentSubscription);
  });

  const drift = {
    ...list('listBillingDrift', 'List drift that sweeps found, newest first'),
    querystring: schema.ListQuery,
    response: { 200: ListAnswer(schema.DriftView), ...problems('BILLING_OFF', 'VALIDATION_FAILED') },
  };
  app.get('/billing/drift', { schema: drift }, async (request) => {
    const { mode } = requireBilling(context);
    return listAnswer(request, await listDrift(context.db, mode, pageRequest(request.query)), presentDrift);
  });

  const flags = {
    ...list('listBillingFlags', 'List flags that need your attention, newest first'),
    querystring: schema.ListQuery,
    response: { 200: ListAnswer(schema.FlagView), ...problems('BILLING_OFF', 'VALIDATION_FAILED') },
  };
  app.get('/billing/flags', { schema: flags }, async (request) => {
    const { mode } = requireBilling(context);
    return listAnswer(request, await listFlags(context.db, mode, pageRequest(request.query)), presentFlag);
  });
}
