import { effectiveStatus } from '@api-factory/core';
import { expect } from 'vitest';
import type { BillingJobs } from '../engine/jobs.ts';
import { startBilling } from '../engine/worker.ts';
import { type BilledApp, billedApp } from './billed-app.ts';
import { type Account, anAccount, type Prices } from './deeds.ts';
import { openEvents } from './settled-state.ts';

/** How the events of one deed reach the second product. */
export const DELIVERIES = ['at once', 'twice', 'backwards', 'held', 'held', 'lost', 'without a look'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** Two products on one account, each with a database of its own: to one every event comes in order and alone, to the other as it may. */
export interface Twins {
  calm: BilledApp;
  troubled: BilledApp;
  jobs: BillingJobs;
  account: Account;
  prices: Prices;
  /** Events that were sent to both or were lost. */
  seen: Set<string>;
  held: string[];
  lost: boolean;
}

export async function twins(): Promise<Twins> {
  const [calm, troubled] = [await billedApp(), await billedApp({ jobs: false, deliver: false })];
  const { stripe, mode } = calm.context.billing!;
  Object.assign(troubled.context.billing!, { stripe, webhookSecrets: [calm.sandbox.webhookSecret] });
  expect((await calm.admin('POST', '/billing/push', {})).status).toBe(200);
  const rows = await calm.database.db.selectFrom('stripe_prices').selectAll().where('mode', '=', mode).orderBy('amount_cents').execute();
  await troubled.database.db.insertInto('stripe_prices').values(rows).execute();
  const jobs = startBilling(troubled.context);
  return { calm, troubled, jobs, account: anAccount(), prices: rows.map(({ id }) => id), seen: new Set(), held: [], lost: false };
}

/** Lets the calm one take the events of a deed, and the other one have them as the delivery says. */
export async function deliverToBoth(both: Twins, delivery: Delivery): Promise<void> {
  await both.calm.settled();
  const fresh = both.calm.sandbox.controls.events().flatMap(({ id }) => (both.seen.has(id) ? [] : [id]));
  for (const id of fresh) both.seen.add(id);
  if (delivery === 'lost') both.lost = true;
  else if (delivery === 'held') both.held.push(...fresh);
  else if (delivery === 'backwards') await send(both, [...both.held.splice(0), ...fresh].reverse());
  else await send(both, delivery === 'twice' ? [...fresh, ...fresh] : fresh);
  if (delivery !== 'without a look') await both.jobs.idle();
}

/** Signed as the account signs, and all at once. */
async function send({ calm, troubled }: Twins, ids: string[]): Promise<void> {
  const { stripe } = calm.context.billing!;
  const sent = ids.map(async (id) => {
    const body = JSON.stringify(await stripe.events.retrieve(id));
    const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret: calm.sandbox.webhookSecret });
    const headers = { 'stripe-signature': signature, 'content-type': 'application/json' };
    return (await fetch(`${troubled.url}/api/stripe/webhook`, { method: 'POST', headers, body })).status;
  });
  expect(new Set(await Promise.all(sent))).toEqual(ids.length === 0 ? new Set() : new Set([200]));
}

/** What was held arrives, the newest first; what was lost is asked for. */
export async function settleBoth(both: Twins): Promise<void> {
  await both.calm.settled();
  await send(both, both.held.splice(0).reverse());
  await both.jobs.idle();
  if (both.lost) expect(await both.jobs.reconcile()).toMatchObject({ error: null });
  await both.jobs.idle();
  expect([await openEvents(both.calm), await openEvents(both.troubled)]).toEqual([[], []]);
}

/** All that access follows from, without ids and times of our own. */
export async function outcomeOf({ database: { db } }: BilledApp) {
  const [rows, disputes, keys] = await Promise.all([
    db
      .selectFrom('subscriptions as s')
      .leftJoin('entitlements as e', 'e.id', 's.entitlement_id')
      .innerJoin('stripe_customers as c', (join) => join.onRef('c.mode', '=', 's.mode').onRef('c.id', '=', 's.customer_id'))
      // Stripe lists no subscription of a deleted customer: one that nobody had looked at before is not heard of any more, and grants nothing.
      .where('c.deleted', '=', false)
      .selectAll('s')
      .select(['e.plan_id as slotPlan', 'e.plan_version as slotVersion', 'e.access as slotAccess', 'e.anchor as slotAnchor'])
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
    // A slot is made for what was granted when somebody looked; one that has ended grants nothing, made or not.
    subscriptions: rows.map(({ entitlement_id: _slot, synced_at: _at, slotPlan, slotVersion, slotAccess, slotAnchor, ...row }) => ({
      ...row,
      slot: slotAccess === null || slotAccess === 'revoked' ? null : { slotPlan, slotVersion, slotAccess, slotAnchor },
    })),
    disputes,
    keys: keys.map(({ operatorStatus, access, ...key }) => ({ ...key, status: effectiveStatus(operatorStatus, access) })),
  };
}

/** Makes a key of the same name for a subscription in both. */
export async function giveKeyInBoth({ calm, troubled }: Twins, subscriptionId: string, name: string): Promise<void> {
  for (const app of [calm, troubled]) {
    const slot = await app.database.db
      .selectFrom('entitlements')
      .select('id')
      .where('subscription_id', '=', subscriptionId)
      .executeTakeFirstOrThrow();
    expect((await app.admin('POST', '/keys', { name, entitlementId: slot.id })).status).toBe(201);
  }
}

export async function closeBoth({ calm, troubled, jobs }: Twins): Promise<void> {
  await jobs.stop();
  await calm.close();
  await troubled.close();
}
