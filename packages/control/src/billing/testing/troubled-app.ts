import { expect } from 'vitest';
import { createLeaseSource } from '../../quota/leases.ts';
import { editOf } from '../../testing/plans.ts';
import type { BillingJobs } from '../engine/jobs.ts';
import { startBilling } from '../engine/worker.ts';
import { type BilledApp, type BilledOptions, billedApp } from './billed-app.ts';
import { type Account, anAccount, type Deed, doDeed, type Prices, pay } from './deeds.ts';
import { aCheckout, claim, type Purchase } from './purchase.ts';
import { type KnownKey, openEvents } from './settled-state.ts';

/** What goes wrong between Stripe and us. */
export const FAULTS = ['hold', 'drop', 'normal', 'scatter', 'forge', 'broken', 'limited', 'restart', 'outage', 'poke', 'quiet'] as const;
/** What is done to keys and plans: by buyers, by the operator, by calls. */
export const ACTS = ['shop', 'claim', 'giveKey', 'suspendKey', 'resumeKey', 'revokeKey', 'editPlan', 'call', 'unknownStatus'] as const;
export type Fault = (typeof FAULTS)[number];
export type Act = (typeof ACTS)[number];

/** A product with billing whose jobs can be ended and started, and all that was done to it. */
export interface TroubledApp {
  app: BilledApp;
  account: Account;
  prices: Prices;
  jobs: BillingJobs | null;
  shopped: (Purchase & { subscriptionId: string; keyId: string | null })[];
  keys: KnownKey[];
  /** Events were lost, and a reconciliation must find them. */
  lost: boolean;
}

const GATEWAY = 'gw_test';
const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

export async function troubledApp(options: BilledOptions = {}): Promise<TroubledApp> {
  const app = await billedApp({ ...options, jobs: false });
  expect((await app.admin('POST', '/billing/push', {})).status).toBe(200);
  const { db } = app.database;
  const rows = await db.selectFrom('stripe_prices').select('id').orderBy('amount_cents').execute();
  await db.insertInto('gateways').values({ id: GATEWAY, boot_id: 'boot' }).execute();
  const prices = rows.map(({ id }) => id);
  return { app, account: anAccount(), prices, jobs: startBilling(app.context), shopped: [], keys: [], lost: false };
}

/** One step of a random sequence; one that is not possible now does nothing. */
export async function doStep(troubled: TroubledApp, { what, n }: { what: Deed | Act | Fault; n: number }): Promise<void> {
  if (isOneOf(FAULTS, what)) await doFault(troubled, what, n);
  else if (isOneOf(ACTS, what)) await doAct(troubled, what, n);
  else await doDeed(troubled.app, troubled.account, { deed: what, n, prices: troubled.prices });
  troubled.jobs?.poke();
}

const isOneOf = <T extends string>(words: readonly T[], word: string): word is T => words.some((one) => one === word);

async function doFault(troubled: TroubledApp, fault: Fault, n: number): Promise<void> {
  const { controls } = troubled.app.sandbox;
  switch (fault) {
    case 'hold':
    case 'normal':
      return void controls.delivery({ mode: fault });
    case 'drop':
      troubled.lost = true;
      return void controls.delivery({ mode: 'drop' });
    case 'scatter':
      return void controls.delivery({ mode: 'normal', shuffle: true, times: 1 + (n % 3), delayMs: n % 50 });
    case 'forge':
      // What was held left with a signature that is refused, and is not sent again.
      troubled.lost = true;
      return void (await controls.deliver({ signature: pick(['wrong', 'old', 'future'] as const, n)! }));
    case 'broken':
    case 'limited':
      return void controls.failRequests({ with: fault === 'broken' ? 500 : 429, times: 1 + (n % 4), path: pick(PATHS, n)! });
    case 'restart':
      await troubled.jobs?.stop();
      troubled.jobs = startBilling(troubled.app.context);
      return;
    case 'outage':
      troubled.lost = true;
      controls.delivery({ mode: 'drop' });
      await troubled.jobs?.stop();
      troubled.jobs = null;
      return;
    case 'poke':
      return;
    case 'quiet':
      await troubled.jobs?.idle();
  }
}

/** What the product asks and the deeds do not. */
const PATHS = ['/v1/subscriptions', '/v1/disputes', '/v1/test_helpers', '/v1/invoices'] as const;

async function doAct(troubled: TroubledApp, act: Act, n: number): Promise<void> {
  const { app, account } = troubled;
  const target = pick(account.bought, n);
  switch (act) {
    case 'shop': {
      const purchase = await aCheckout(app, { plan: pick(['starter', 'pro', 'enterprise'], n)! });
      pay(troubled, purchase.sessionId, 'pays');
      return void troubled.shopped.push({ ...purchase, subscriptionId: account.bought.at(-1)!.subscriptionId, keyId: null });
    }
    case 'claim':
      return claimOne(troubled, n);
    case 'giveKey':
      return giveKey(troubled, target?.subscriptionId ?? '');
    case 'suspendKey':
    case 'resumeKey':
    case 'revokeKey':
      return sayOfKey(troubled, act, pick(troubled.keys, n));
    case 'editPlan':
      return editPlan(app, n);
    case 'call':
      return call(app, target?.subscriptionId ?? '', n);
    case 'unknownStatus':
      if (target)
        app.sandbox.controls.setStatus({ subscriptionId: target.subscriptionId, status: pick(['dunning', 'active', 'past_due'], n)! });
  }
}

async function claimOne({ app, shopped, keys }: TroubledApp, n: number): Promise<void> {
  const purchase = pick(shopped, n);
  if (purchase === undefined) return;
  const reply = await claim(purchase);
  if (reply.status !== 201) return void expect(['CHECKOUT_NOT_COMPLETE', 'KEY_CLAIMED']).toContain(reply.body.code);
  const before = keys.find(({ id }) => id === purchase.keyId);
  if (before) before.operatorStatus = 'revoked';
  purchase.keyId = reply.body.data.id;
  keys.push({ id: reply.body.data.id, subscriptionId: purchase.subscriptionId, operatorStatus: 'enabled' });
  // Some are used at once, which no claim may undo.
  if (n % 2 === 0) app.live.set(reply.body.data.entitlementId, {} as never);
}

const slotOf = ({ database: { db } }: BilledApp, subscriptionId: string) =>
  db.selectFrom('entitlements').select('id').where('subscription_id', '=', subscriptionId).executeTakeFirst();

async function giveKey({ app, keys }: TroubledApp, subscriptionId: string): Promise<void> {
  const slot = await slotOf(app, subscriptionId);
  if (slot === undefined) return;
  const reply = await app.admin('POST', '/keys', { name: 'given', entitlementId: slot.id });
  expect([201, 409]).toContain(reply.status);
  if (reply.status === 201) keys.push({ id: reply.body.data.id, subscriptionId, operatorStatus: 'enabled' });
}

async function sayOfKey({ app }: TroubledApp, act: 'suspendKey' | 'resumeKey' | 'revokeKey', key: KnownKey | undefined): Promise<void> {
  if (key === undefined) return;
  const verb = act.slice(0, -'Key'.length);
  const reply = await app.admin('POST', `/keys/${key.id}/${verb}`);
  expect([200, 409]).toContain(reply.status);
  if (reply.status === 200) key.operatorStatus = verb === 'revoke' ? 'revoked' : verb === 'suspend' ? 'suspended' : 'enabled';
}

/** Another quota at the same price, for all or for those who come. */
async function editPlan(app: BilledApp, n: number): Promise<void> {
  const id = pick(['starter', 'pro', 'enterprise'], n)!;
  const { data } = (await app.admin('GET', `/plans/${id}`)).body;
  const quota = { limit: 1_000 + n, period: n % 2 === 0 ? 'month' : 'day' };
  const reply = await app.admin('PUT', `/plans/${id}`, { ...editOf(data), quota, existing: n % 3 === 0 ? 'keep' : 'now' });
  expect(reply.status, reply.text).toBe(200);
}

/** Some units are used, so that there is a quota period. */
async function call({ database: { db }, context: { newId } }: BilledApp, subscriptionId: string, n: number): Promise<void> {
  const slot = await slotOf({ database: { db } } as BilledApp, subscriptionId);
  if (slot === undefined) return;
  const source = createLeaseSource(db, { gatewayId: GATEWAY, bootId: 'boot', newId });
  await source.acquire({ requestId: newId('req'), entitlementId: slot.id, periodId: '', need: 1, want: 1 + n, surrender: 0 });
}

/** The dust settles: deliveries arrive, Stripe answers, the jobs run; what was lost is asked for. */
export async function settle(troubled: TroubledApp): Promise<void> {
  const { app } = troubled;
  const { controls } = app.sandbox;
  for (const path of PATHS) controls.failRequests({ with: 500, times: 0, path });
  controls.delivery({ mode: 'normal' });
  troubled.jobs ??= startBilling(app.context);
  const { jobs } = troubled;
  await app.sandbox.idle();
  await jobs.idle();
  if (troubled.lost) expect(await jobs.reconcile()).toMatchObject({ error: null });
  troubled.lost = false;
  const waiting = async () => {
    await makeDue(app);
    await jobs.idle();
    return openEvents(app);
  };
  await expect.poll(waiting, { timeout: 20_000 }).toEqual([]);
}

/** As if the time until the next attempts had passed. */
async function makeDue({ database: { db }, context: { clock } }: BilledApp): Promise<void> {
  const now = new Date(clock.now());
  await db.updateTable('stripe_events').set({ next_attempt_at: now }).where('state', '=', 'pending').execute();
  await db.updateTable('stripe_customers').set({ wanted_at: now }).where('failures', '>', 0).where('lease_until', 'is', null).execute();
}

export async function closeTroubled(troubled: TroubledApp): Promise<void> {
  await troubled.jobs?.stop();
  await troubled.app.close();
}
