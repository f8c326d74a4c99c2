import type { Context } from '../../context.ts';
import type { Billing } from '../billing.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { countUnsettled } from '../store/events.ts';
import { readHealth } from '../store/state.ts';
import { API_VERSION } from '../stripe/client.ts';
import type { BillingView } from './views.ts';
import { presentReconcile } from './views.ts';

export async function billingHealth(context: Context, jobs: BillingJobs | null): Promise<BillingView> {
  const { billing, keyMode } = context;
  return billing === null ? { ...OFF, keyMode } : readAll(context, billing, jobs);
}

const OFF = {
  mode: 'off' as const,
  webhook: null,
  inbox: { pending: 0, dead: 0 },
  drift: { total: 0, lastAt: null },
  reconcile: null,
  lastSweptAt: null,
  sandboxUrl: null,
  graceDays: null,
};

async function readAll({ db, keyMode }: Context, billing: Billing, jobs: BillingJobs | null): Promise<BillingView> {
  const { mode, webhookSecrets, sandbox, graceDays } = billing;
  const [{ state, lastDriftAt }, inbox] = await Promise.all([readHealth(db, mode), countUnsettled(db, mode)]);
  const report = jobs?.state().reconcile ?? null;
  return {
    mode,
    keyMode,
    webhook: {
      secrets: webhookSecrets.length,
      lastReceivedAt: state?.lastReceivedAt?.toISOString() ?? null,
      lastEventAt: state?.lastEventAt?.toISOString() ?? null,
      lastRefusedAt: state?.lastRefusedAt?.toISOString() ?? null,
      lastRefusal: state?.lastRefusal ?? null,
      apiVersion: state?.apiVersion ?? null,
      expectedApiVersion: API_VERSION,
    },
    inbox,
    drift: { total: state?.driftTotal ?? 0, lastAt: lastDriftAt?.toISOString() ?? null },
    reconcile: report === null ? null : presentReconcile(report),
    lastSweptAt: state?.lastSweptAt?.toISOString() ?? null,
    sandboxUrl: sandbox?.url ?? null,
    graceDays,
  };
}
