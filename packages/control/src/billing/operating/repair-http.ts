import { ProblemError } from '@api-factory/core';
import { findConsumer } from '../../consumers/store.ts';
import type { Context } from '../../context.ts';
import type { Api } from '../../http/api.ts';
import { Answer, answer } from '../../http/envelope.ts';
import { notFound } from '../../http/errors.ts';
import { operation, problems } from '../../http/operation.ts';
import { requireBilling } from '../billing.ts';
import type { BillingJobs, ReconcileReport } from '../engine/jobs.ts';
import { syncCustomer } from '../engine/sync.ts';
import { customerOfConsumer } from '../store/checkouts.ts';
import { listSubscriptions } from '../store/subscriptions.ts';
import { ByConsumer, presentReconcile, presentSubscription, ReconcileView, Synced } from './views.ts';

const MAX_SHOWN = 100;

/** Actions that bring this installation in line with Stripe. */
export function repairRoutes(app: Api, context: Context, jobs: BillingJobs | null): void {
  syncRoute(app, context);
  reconcileRoute(app, context, jobs);
}

function syncRoute(app: Api, context: Context): void {
  const sync = {
    ...operation('syncConsumer', 'billing', 'Sync a consumer with Stripe'),
    params: ByConsumer,
    response: {
      200: Answer(Synced),
      ...problems('BILLING_OFF', 'VALIDATION_FAILED', 'NOT_FOUND', 'NO_SUBSCRIPTION', 'STRIPE_UNAVAILABLE', 'STRIPE_REJECTED'),
    },
  };
  app.post('/billing/sync/:consumerId', { schema: sync }, async (request) => {
    const { mode } = requireBilling(context);
    const { consumerId } = request.params;
    if ((await findConsumer(context.db, consumerId)) === null) throw notFound('consumer');
    const customer = await customerOfConsumer(context.db, mode, consumerId);
    if (customer === null) throw new ProblemError('NO_SUBSCRIPTION', { detail: 'This consumer has no Stripe customer.' });
    await syncCustomer(context, customer.id);
    const { rows } = await listSubscriptions(context.db, { mode, consumer: consumerId }, { limit: MAX_SHOWN, after: null });
    return answer(request, { customerId: customer.id, subscriptions: rows.map(presentSubscription) });
  });
}

function reconcileRoute(app: Api, context: Context, jobs: BillingJobs | null): void {
  const reconcile = {
    ...operation('reconcileBilling', 'billing', 'Start a sweep: compare every customer with Stripe, record drift and correct it'),
    response: { 202: Answer(ReconcileView), ...problems('BILLING_OFF', 'CONFLICT') },
  };
  app.post('/billing/reconcile', { schema: reconcile }, async (request, reply) => {
    requireBilling(context);
    if (jobs === null) throw new ProblemError('CONFLICT', { detail: 'Billing jobs do not run in this process.' });
    const report = startReconcile(jobs, new Date(context.clock.now()));
    reply.code(202);
    return answer(request, presentReconcile(report));
  });
}

/**
 * The report of the current sweep; an empty one while it waits for a smaller reconciliation to end.
 */
function startReconcile(jobs: BillingJobs, at: Date): ReconcileReport {
  void jobs.reconcile();
  const report = jobs.state().reconcile;
  if (report !== null && report.finishedAt === null) return report;
  return { startedAt: at, finishedAt: null, events: 0, customers: 0, total: 0, drift: 0, error: null };
}
