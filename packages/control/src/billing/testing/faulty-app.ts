import { expect } from 'vitest';
import { createLeaseSource } from '../../quota/leases.ts';
import { editOf } from '../../testing/plans.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { startBilling } from '../engine/worker.ts';
import { type BilledApp, type BilledOptions, billedApp } from './billed-app.ts';
import { type Account, anAccount, applyMutation, type Mutation, type Prices, pay } from './mutations.ts';
import { aCheckout, claim, type Purchase } from './purchase.ts';
import { type KnownKey, openEvents } from './settled-state.ts';

/** Failures between Stripe and the product. */
export const FAULTS = ['hold', 'drop', 'normal', 'scatter', 'forge', 'broken', 'limited', 'restart', 'outage', 'poke', 'quiet'] as const;
/** Actions of buyers, the operator and API calls on keys and plans. */
export const ACTS = ['shop', 'claim', 'giveKey', 'suspendKey', 'resumeKey', 'revokeKey', 'editPlan', 'call', 'unknownStatus'] as const;
export type Fault = (typeof FAULTS)[number];
export type Act = (typeof ACTS)[number];

/** An app whose jobs can be stopped and started, and the record of what happened to it. */
export interface FaultyApp {
  app: BilledApp;
  account: Account;
  prices: Prices;
  jobs: BillingJobs | null;
  shopped: (Purchase & { subscriptionId: string; keyId: string | null })[];
  keys: KnownKey[];
  /** Whether events were lost that a reconciliation must find. */
  lost: boolean;
}

const GATEWAY = 'gw_test';
const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

export async function faultyApp(options: BilledOptions = {}): Promise<FaultyApp> {
  const app = await billedApp({ ...options, jobs: false });
  expect((await app.admin('POST', '/billing/push', {})).status).toBe(200);
  const { db } = app.database;
  const rows = await db.selectFrom('stripe_prices').select('id').orderBy('amount_cents').execute();
  await db.insertInto('gateways').values({ id: GATEWAY, boot_id: 'boot' }).execute();
  const prices = rows.map(({ id }) => id);
  return { app, account: anAccount(), prices, jobs: startBilling(app.context), shopped: [], keys: [], lost: false };
}

/** Runs one step of a random sequence; an impossible one does nothing. */
export async function doStep(faulty: FaultyApp, { what, n }: { what: Mutation | Act | Fault; n: number }): Promise<void> {
  if (isOneOf(FAULTS, what)) await doFault(faulty, what, n);
  else if (isOneOf(ACTS, what)) await doAct(faulty, what, n);
  else await applyMutation(faulty.app, faulty.account, { mutation: what, n, prices: faulty.prices });
  faulty.jobs?.poke();
}

const isOneOf = <T extends string>(words: readonly T[], word: string): word is T => words.some((one) => one === word);

async function doFault(faulty: FaultyApp, fault: Fault, n: number): Promise<void> {
  const { controls } = faulty.app.sandbox;
  switch (fault) {
    case 'hold':
    case 'normal':
      return void controls.delivery({ mode: fault });
    case 'drop':
      faulty.lost = true;
      return void controls.delivery({ mode: 'drop' });
    case 'scatter':
      return void controls.delivery({ mode: 'normal', shuffle: true, times: 1 + (n % 3), delayMs: n % 50 });
    case 'forge':
      // Held events were sent with an invalid signature, and are not sent again.
      faulty.lost = true;
      return void (await controls.deliver({ signature: pick(['wrong', 'old', 'future'] as const, n)! }));
    case 'broken':
    case 'limited':
      return void controls.failRequests({ with: fault === 'broken' ? 500 : 429, times: 1 + (n % 4), path: pick(PATHS, n)! });
    case 'restart':
      await faulty.jobs?.stop();
      faulty.jobs = startBilling(faulty.app.context);
      return;
    case 'outage':
      faulty.lost = true;
      controls.delivery({ mode: 'drop' });
      await faulty.jobs?.stop();
      faulty.jobs = null;
      return;
    case 'poke':
      return;
    case 'quiet':
      await faulty.jobs?.idle();
  }
}

/** Paths that only the product requests, not the mutations. */
const PATHS = ['/v1/subscriptions', '/v1/disputes', '/v1/test_helpers', '/v1/invoices'] as const;

async function doAct(faulty: FaultyApp, act: Act, n: number): Promise<void> {
  const { app, account } = faulty;
  const target = pick(account.bought, n);
  switch (act) {
    case 'shop': {
      const purchase = await aCheckout(app, { plan: pick(['starter', 'pro', 'enterprise'], n)! });
      pay(faulty, purchase.sessionId, 'pays');
      return void faulty.shopped.push({ ...purchase, subscriptionId: account.bought.at(-1)!.subscriptionId, keyId: null });
    }
    case 'claim':
      return claimOne(faulty, n);
    case 'giveKey':
      return giveKey(faulty, target?.subscriptionId ?? '');
    case 'suspendKey':
    case 'resumeKey':
    case 'revokeKey':
      return setKeyStatus(faulty, act, pick(faulty.keys, n));
    case 'editPlan':
      return editPlan(app, n);
    case 'call':
      return call(app, target?.subscriptionId ?? '', n);
    case 'unknownStatus':
      if (target)
        app.sandbox.controls.setStatus({ subscriptionId: target.subscriptionId, status: pick(['dunning', 'active', 'past_due'], n)! });
  }
}

async function claimOne({ app, shopped, keys }: FaultyApp, n: number): Promise<void> {
  const purchase = pick(shopped, n);
  if (purchase === undefined) return;
  const reply = await claim(purchase);
  if (reply.status !== 201) return void expect(['CHECKOUT_NOT_COMPLETE', 'KEY_CLAIMED']).toContain(reply.body.code);
  const previous = keys.find(({ id }) => id === purchase.keyId);
  if (previous) previous.operatorStatus = 'revoked';
  purchase.keyId = reply.body.data.id;
  keys.push({ id: reply.body.data.id, subscriptionId: purchase.subscriptionId, operatorStatus: 'enabled' });
  // Some keys are used immediately, which blocks another claim.
  if (n % 2 === 0) app.live.set(reply.body.data.entitlementId, {} as never);
}

const entitlementOf = ({ database: { db } }: BilledApp, subscriptionId: string) =>
  db.selectFrom('entitlements').select('id').where('subscription_id', '=', subscriptionId).executeTakeFirst();

async function giveKey({ app, keys }: FaultyApp, subscriptionId: string): Promise<void> {
  const entitlement = await entitlementOf(app, subscriptionId);
  if (entitlement === undefined) return;
  const reply = await app.admin('POST', '/keys', { name: 'given', entitlementId: entitlement.id });
  expect([201, 409]).toContain(reply.status);
  if (reply.status === 201) keys.push({ id: reply.body.data.id, subscriptionId, operatorStatus: 'enabled' });
}

async function setKeyStatus({ app }: FaultyApp, act: 'suspendKey' | 'resumeKey' | 'revokeKey', key: KnownKey | undefined): Promise<void> {
  if (key === undefined) return;
  const verb = act.slice(0, -'Key'.length);
  const reply = await app.admin('POST', `/keys/${key.id}/${verb}`);
  expect([200, 409]).toContain(reply.status);
  if (reply.status === 200) key.operatorStatus = verb === 'revoke' ? 'revoked' : verb === 'suspend' ? 'suspended' : 'enabled';
}

/** Changes the quota at the same price, for existing or only for new subscriptions. */
async function editPlan(app: BilledApp, n: number): Promise<void> {
  const id = pick(['starter', 'pro', 'enterprise'], n)!;
  const { data } = (await app.admin('GET', `/plans/${id}`)).body;
  const quota = { limit: 1_000 + n, period: n % 2 === 0 ? 'month' : 'day' };
  const reply = await app.admin('PUT', `/plans/${id}`, { ...editOf(data), quota, existing: n % 3 === 0 ? 'keep' : 'now' });
  expect(reply.status, reply.text).toBe(200);
}

/** Leases some units, which creates a quota period. */
async function call({ database: { db }, context: { newId } }: BilledApp, subscriptionId: string, n: number): Promise<void> {
  const entitlement = await entitlementOf({ database: { db } } as BilledApp, subscriptionId);
  if (entitlement === undefined) return;
  const source = createLeaseSource(db, { gatewayId: GATEWAY, bootId: 'boot', newId });
  await source.acquire({ requestId: newId('req'), entitlementId: entitlement.id, periodId: '', need: 1, want: 1 + n, surrender: 0 });
}

/** Ends all failures, runs the jobs, and reconciles if events were lost. */
export async function settle(faulty: FaultyApp): Promise<void> {
  const { app } = faulty;
  const { controls } = app.sandbox;
  for (const path of PATHS) controls.failRequests({ with: 500, times: 0, path });
  controls.delivery({ mode: 'normal' });
  faulty.jobs ??= startBilling(app.context);
  const { jobs } = faulty;
  await app.sandbox.idle();
  await jobs.idle();
  if (faulty.lost) expect(await jobs.reconcile()).toMatchObject({ error: null });
  faulty.lost = false;
  const waiting = async () => {
    await makeDue(app);
    await jobs.idle();
    return openEvents(app);
  };
  await expect.poll(waiting, { timeout: 20_000 }).toEqual([]);
}

/** Makes every retry due now. */
async function makeDue({ database: { db }, context: { clock } }: BilledApp): Promise<void> {
  const now = new Date(clock.now());
  await db.updateTable('stripe_events').set({ next_attempt_at: now }).where('state', '=', 'pending').execute();
  await db.updateTable('stripe_customers').set({ wanted_at: now }).where('failures', '>', 0).where('lease_until', 'is', null).execute();
}

export async function closeFaulty(faulty: FaultyApp): Promise<void> {
  await faulty.jobs?.stop();
  await faulty.app.close();
}
