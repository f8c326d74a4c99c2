import { type Derived, deriveAccess } from '../engine/rules.ts';
import type { Truth, TruthSubscription } from '../stripe/truth.ts';
import type { BilledApp } from './billed-app.ts';
import type { Account } from './mutations.ts';

/** The state that a customer must have according to the account. */
export async function expectedOf(app: BilledApp, account: Account, customerId: string): Promise<Derived & { truth: Truth }> {
  const { db } = app.database;
  const { graceDays } = app.context.billing!;
  const truth = await fetchIndependently(app, account, customerId);
  const [rows, prices, plans] = await Promise.all([
    db
      .selectFrom('subscriptions as s')
      .leftJoin('entitlements as e', 'e.id', 's.entitlement_id')
      .selectAll('s')
      .select('e.plan_id as entitlementPlan')
      .execute(),
    db.selectFrom('stripe_prices').select(['id', 'plan_id']).execute(),
    db
      .selectFrom('plans as p')
      .innerJoin('plan_versions as v', (join) => join.onRef('v.plan_id', '=', 'p.id').onRef('v.version', '=', 'p.current_version'))
      .select(['p.id', 'v.apis'])
      .execute(),
  ]);
  const previous = {
    subscriptions: new Map(
      rows.map((row) => [
        row.id,
        {
          access: row.access,
          planId: row.entitlementPlan,
          graceUntil: row.grace_until,
          ended: ['canceled', 'incomplete_expired'].includes(row.status),
          backedBy: row.backed_by,
        },
      ]),
    ),
    holds: new Map<string, boolean>(),
    released: new Set<string>(),
    planOf: (id: string) => prices.find((price) => price.id === id)?.plan_id ?? null,
    apisOf: (id: string) => plans.find((plan) => plan.id === id)?.apis ?? null,
  };
  return { ...deriveAccess(truth, previous, { graceDays }, truth.testClock!.now), truth };
}

/** Fetches a customer independently of the code under test. */
async function fetchIndependently(app: BilledApp, account: Account, customerId: string): Promise<Truth> {
  const { stripe } = app.context.billing!;
  const ofCustomer = (one: { customerId: string }) => one.customerId === customerId;
  const customer = await stripe.customers.retrieve(customerId);
  const ids = account.bought.filter(ofCustomer).map(({ subscriptionId }) => subscriptionId);
  const all = customer.deleted
    ? await Promise.all(ids.map((id) => stripe.subscriptions.retrieve(id)))
    : await stripe.subscriptions.list({ customer: customerId, status: 'all', limit: 100 }).autoPagingToArray({ limit: 1_000 });
  const disputes = await Promise.all(account.disputes.filter(ofCustomer).map(({ id }) => stripe.disputes.retrieve(id)));
  const clock = await stripe.testHelpers.testClocks.retrieve('clock_sandbox');
  return {
    customerId,
    deleted: customer.deleted === true,
    name: null,
    email: null,
    testClock: { id: clock.id, now: date(clock.frozen_time) },
    subscriptions: await Promise.all(all.map((one) => toTruth(app, one))),
    disputes: disputes.map(({ id, status, created }) => ({ id, status, createdAt: date(created) })),
  };
}

type Stripe = NonNullable<BilledApp['context']['billing']>['stripe'];
type Subscription = Awaited<ReturnType<Stripe['subscriptions']['list']>>['data'][number];

async function toTruth(app: BilledApp, one: Subscription): Promise<TruthSubscription> {
  const { data: invoices } = await app.context.billing!.stripe.invoices.list({ subscription: one.id, limit: 100 });
  const finalized = (status: string) =>
    invoices.filter((invoice) => invoice.status === status && invoice.attempted).map(({ status_transitions: at }) => at.finalized_at ?? 0);
  const lastPaid = Math.max(0, ...finalized('paid'));
  const unpaid = finalized('open').filter((at) => at > lastPaid);
  return {
    id: one.id,
    status: one.status,
    createdAt: date(one.created),
    anchor: date(one.billing_cycle_anchor),
    cancelAt: one.cancel_at === null ? null : date(one.cancel_at),
    endedAt: one.ended_at === null ? null : date(one.ended_at),
    items: one.items.data.map((item) => ({
      priceId: item.price.id,
      currentPeriodStart: date(item.current_period_start),
      currentPeriodEnd: date(item.current_period_end),
    })),
    unpaidSince: one.status === 'past_due' && unpaid.length > 0 ? date(Math.min(...unpaid)) : null,
  };
}

const date = (seconds: number): Date => new Date(seconds * 1_000);
