import { idOf } from '../stripe/events.ts';
import type { BilledApp } from './billed-app.ts';

/** Changes to a Stripe account by buyers, banks and Stripe: steps of a random sequence. */
export const MUTATIONS = [
  'buy',
  'buyMore',
  'decline',
  'reprice',
  'repriceNow',
  'cancel',
  'cancelAtEnd',
  'failPayments',
  'payOpen',
  'pause',
  'unpaid',
  'resume',
  'dispute',
  'disputeWon',
  'disputeLost',
  'inquiry',
  'refund',
  'deleteCustomer',
  'hours',
  'days',
] as const;
export type Mutation = (typeof MUTATIONS)[number];

export interface Bought {
  customerId: string;
  subscriptionId: string;
}

/** Everything that mutations created in the account. */
export interface Account {
  bought: Bought[];
  /** Includes customers of declined payments. */
  customers: Set<string>;
  disputes: { id: string; customerId: string }[];
}

export const anAccount = (): Account => ({ bought: [], customers: new Set(), disputes: [] });

/** Ids of the monthly prices, from small to large. */
export type Prices = readonly string[];

const HOUR = 3_600;
const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

interface MutationContext {
  app: BilledApp;
  prices: Prices;
  account: Account;
  n: number;
}

/** Applies one mutation; an impossible one (no purchase yet, subscription ended) does nothing. */
export async function applyMutation(
  app: BilledApp,
  account: Account,
  { mutation, n, prices }: { mutation: Mutation; n: number; prices: Prices },
) {
  const input: MutationContext = { app, account, prices, n };
  const target = pick(account.bought, n);
  if (mutation === 'buy' || mutation === 'decline') return void (await checkout(input, mutation === 'buy' ? 'pays' : 'declines'));
  if (mutation === 'hours') return void app.sandbox.controls.advance({ seconds: (1 + (n % 48)) * HOUR });
  if (mutation === 'days') return void app.sandbox.controls.advance({ seconds: (1 + (n % 40)) * 24 * HOUR });
  if (target === undefined) return;
  if (mutation === 'buyMore') return void (exists(app, target) && (await checkout(input, 'pays', target.customerId)));
  if (mutation === 'deleteCustomer') return void (await app.context.billing!.stripe.customers.del(target.customerId).catch(ifMissing));
  changePayments(input, mutation, target);
  if (isAlive(app, target)) await changeSubscription(input, mutation, target);
}

/** A checkout in Stripe that is paid, or whose first payment is declined. */
async function checkout({ app, account, prices, n }: MutationContext, outcome: 'pays' | 'declines', customer?: string): Promise<void> {
  const session = await app.context.billing!.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: pick(prices, n)!, quantity: 1 }],
    success_url: 'http://localhost/done',
    ...(customer ? { customer } : {}),
  });
  pay({ app, account }, session.id, outcome);
}

/** Completes a payment page and records the result in the account. */
export function pay({ app, account }: Pick<MutationContext, 'app' | 'account'>, sessionId: string, outcome: 'pays' | 'declines'): void {
  const { controls } = app.sandbox;
  const { subscriptionId } = controls.pay({ sessionId, outcome });
  const customerId = idOf(objectsOf(app, 'subscriptions')[subscriptionId ?? '']?.customer);
  account.customers.add(customerId);
  if (outcome === 'pays') account.bought.push({ customerId, subscriptionId: subscriptionId ?? '' });
}

function changePayments({ app, account, n }: MutationContext, mutation: Mutation, { customerId }: Bought): void {
  const { controls } = app.sandbox;
  const dispute = pick(account.disputes, n);
  const charged = Object.values(objectsOf(app, 'charges')).some(({ customer, paid }) => customer === customerId && paid === true);
  if (mutation === 'payOpen' && exists(app, { customerId })) {
    controls.failPayments({ customerId, times: 0 });
    controls.payOpenInvoices({ customerId });
  }
  if (mutation === 'failPayments' && exists(app, { customerId })) controls.failPayments({ customerId, times: 1 + (n % 6) });
  if ((mutation === 'dispute' || mutation === 'inquiry') && charged) {
    const status = mutation === 'inquiry' ? 'warning_needs_response' : n % 2 === 0 ? 'needs_response' : 'under_review';
    account.disputes.push({ id: controls.openDispute({ customerId, status }).id, customerId });
  }
  if (mutation === 'disputeWon' && dispute) controls.setDispute({ disputeId: dispute.id, status: 'won' });
  if (mutation === 'disputeLost' && dispute) controls.setDispute({ disputeId: dispute.id, status: 'lost' });
  // A charge is refunded once.
  if (mutation === 'refund' && charged) ifRefunded(() => controls.refund({ customerId }));
}

async function changeSubscription({ app, prices, n }: MutationContext, mutation: Mutation, { subscriptionId }: Bought): Promise<void> {
  const { controls } = app.sandbox;
  const priceId = pick(prices, n)!;
  if (mutation === 'cancel') controls.cancel({ subscriptionId });
  if (mutation === 'reprice') controls.changePrice({ subscriptionId, priceId, anchor: 'unchanged' });
  if (mutation === 'repriceNow') controls.changePrice({ subscriptionId, priceId, anchor: 'now' });
  if (mutation === 'pause') controls.setStatus({ subscriptionId, status: 'paused' });
  if (mutation === 'unpaid') controls.setStatus({ subscriptionId, status: 'unpaid' });
  if (mutation === 'resume') controls.setStatus({ subscriptionId, status: 'active' });
  if (mutation !== 'cancelAtEnd') return;
  await app.context.billing!.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: n % 3 !== 0 });
}

const exists = (app: BilledApp, { customerId }: Pick<Bought, 'customerId'>): boolean => customerId in objectsOf(app, 'customers');

/** Reads the sandbox directly: a request would consume a failure that is meant for the product. */
export function isAlive(app: BilledApp, { subscriptionId }: Pick<Bought, 'subscriptionId'>): boolean {
  const status = objectsOf(app, 'subscriptions')[subscriptionId]?.status;
  return typeof status === 'string' && status !== 'canceled' && status !== 'incomplete_expired';
}

type Objects = Record<string, Record<string, unknown>>;
const objectsOf = (app: BilledApp, kind: string): Objects => (app.sandbox.controls.dump() as Record<string, Objects>)[kind] ?? {};

function ifMissing(error: unknown): void {
  if ((error as { code?: string }).code !== 'resource_missing') throw error;
}

function ifRefunded(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('already been refunded'))) throw error;
  }
}
