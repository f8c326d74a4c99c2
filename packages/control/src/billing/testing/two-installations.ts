import { effectiveStatus } from '@api-factory/core';
import { expect } from 'vitest';
import type { BillingJobs } from '../engine/jobs.ts';
import { startBilling } from '../engine/worker.ts';
import { type BilledApp, billedApp } from './billed-app.ts';
import { type Account, anAccount, type Prices } from './mutations.ts';
import { openEvents } from './settled-state.ts';

/** How the events of one mutation reach the faulty installation. */
export const DELIVERIES = ['at once', 'twice', 'backwards', 'held', 'held', 'lost', 'without a sync'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/**
 * Two installations on one account with a database each. The reference gets every event in order,
 * the faulty one according to `Delivery`.
 */
export interface TwoInstallations {
  reference: BilledApp;
  faulty: BilledApp;
  jobs: BillingJobs;
  account: Account;
  prices: Prices;
  /** Events that were already delivered or dropped. */
  seen: Set<string>;
  held: string[];
  lost: boolean;
}

export async function twoInstallations(): Promise<TwoInstallations> {
  const [reference, faulty] = [await billedApp(), await billedApp({ jobs: false, deliver: false })];
  const { stripe, mode } = reference.context.billing!;
  Object.assign(faulty.context.billing!, { stripe, webhookSecrets: [reference.sandbox.webhookSecret] });
  expect((await reference.admin('POST', '/billing/push', {})).status).toBe(200);
  const rows = await reference.database.db
    .selectFrom('stripe_prices')
    .selectAll()
    .where('mode', '=', mode)
    .orderBy('amount_cents')
    .execute();
  await faulty.database.db.insertInto('stripe_prices').values(rows).execute();
  const jobs = startBilling(faulty.context);
  return { reference, faulty, jobs, account: anAccount(), prices: rows.map(({ id }) => id), seen: new Set(), held: [], lost: false };
}

/** Delivers new events in order to the reference, and as `delivery` to the faulty installation. */
export async function deliverToBoth(both: TwoInstallations, delivery: Delivery): Promise<void> {
  await both.reference.settled();
  const fresh = both.reference.sandbox.controls.events().flatMap(({ id }) => (both.seen.has(id) ? [] : [id]));
  for (const id of fresh) both.seen.add(id);
  if (delivery === 'lost') both.lost = true;
  else if (delivery === 'held') both.held.push(...fresh);
  else if (delivery === 'backwards') await send(both, [...both.held.splice(0), ...fresh].reverse());
  else await send(both, delivery === 'twice' ? [...fresh, ...fresh] : fresh);
  if (delivery !== 'without a sync') await both.jobs.idle();
}

/** Sends events in parallel, signed with the account's secret. */
async function send({ reference, faulty }: TwoInstallations, ids: string[]): Promise<void> {
  const { stripe } = reference.context.billing!;
  const sent = ids.map(async (id) => {
    const body = JSON.stringify(await stripe.events.retrieve(id));
    const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret: reference.sandbox.webhookSecret });
    const headers = { 'stripe-signature': signature, 'content-type': 'application/json' };
    return (await fetch(`${faulty.url}/api/stripe/webhook`, { method: 'POST', headers, body })).status;
  });
  expect(new Set(await Promise.all(sent))).toEqual(ids.length === 0 ? new Set() : new Set([200]));
}

/** Delivers the held events, newest first; reconciles if some were lost. */
export async function settleBoth(both: TwoInstallations): Promise<void> {
  await both.reference.settled();
  await send(both, both.held.splice(0).reverse());
  await both.jobs.idle();
  if (both.lost) expect(await both.jobs.reconcile()).toMatchObject({ error: null });
  await both.jobs.idle();
  expect([await openEvents(both.reference), await openEvents(both.faulty)]).toEqual([[], []]);
}

/** The state that access depends on, without local ids and times. */
export async function outcomeOf({ database: { db } }: BilledApp) {
  const [rows, disputes, keys] = await Promise.all([
    db
      .selectFrom('subscriptions as s')
      .leftJoin('entitlements as e', 'e.id', 's.entitlement_id')
      .innerJoin('stripe_customers as c', (join) => join.onRef('c.mode', '=', 's.mode').onRef('c.id', '=', 's.customer_id'))
      // Stripe lists no subscriptions of a deleted customer: one that was never synced is unknown.
      .where('c.deleted', '=', false)
      .selectAll('s')
      .select([
        'e.plan_id as entitlementPlan',
        'e.plan_version as entitlementVersion',
        'e.access as entitlementAccess',
        'e.anchor as entitlementAnchor',
      ])
      .orderBy('s.id')
      .execute(),
    db.selectFrom('disputes').select(['id', 'customer_id', 'status', 'hold', 'created_at']).orderBy('id').execute(),
    db
      .selectFrom('keys')
      .innerJoin('entitlements as e', 'e.id', 'keys.entitlement_id')
      .select(['keys.name', 'keys.operator_status as operatorStatus', 'e.access', 'e.subscription_id as subscriptionId'])
      .orderBy('keys.name')
      .execute(),
  ]);
  return {
    // An entitlement exists only if access was granted at some sync; an ended one grants nothing.
    subscriptions: rows.map(
      ({ entitlement_id: _id, synced_at: _at, entitlementPlan, entitlementVersion, entitlementAccess, entitlementAnchor, ...row }) => ({
        ...row,
        entitlement:
          entitlementAccess === null || entitlementAccess === 'revoked'
            ? null
            : { entitlementPlan, entitlementVersion, entitlementAccess, entitlementAnchor },
      }),
    ),
    disputes,
    keys: keys.map(({ operatorStatus, access, ...key }) => ({ ...key, status: effectiveStatus(operatorStatus, access) })),
  };
}

/** Creates a key with the same name for a subscription in both. */
export async function giveKeyInBoth({ reference, faulty }: TwoInstallations, subscriptionId: string, name: string): Promise<void> {
  for (const app of [reference, faulty]) {
    const entitlement = await app.database.db
      .selectFrom('entitlements')
      .select('id')
      .where('subscription_id', '=', subscriptionId)
      .executeTakeFirstOrThrow();
    expect((await app.admin('POST', '/keys', { name, entitlementId: entitlement.id })).status).toBe(201);
  }
}

export async function closeBoth({ reference, faulty, jobs }: TwoInstallations): Promise<void> {
  await jobs.stop();
  await reference.close();
  await faulty.close();
}
