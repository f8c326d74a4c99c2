import { idOf } from '../stripe/events.ts';
import type { BilledApp } from './billed-app.ts';

/** What consumers, their banks and Stripe do to an account, each a step of a random sequence. */
export const DEEDS = [
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
export type Deed = (typeof DEEDS)[number];

export interface Bought {
  customerId: string;
  subscriptionId: string;
}

/** Everything that was made in the account by deeds. */
export interface Account {
  bought: Bought[];
  /** Also customers of a declined payment. */
  customers: Set<string>;
  disputes: { id: string; customerId: string }[];
}

export const anAccount = (): Account => ({ bought: [], customers: new Set(), disputes: [] });

/** Ids of the monthly prices, from small to large. */
export type Prices = readonly string[];

const HOUR = 3_600;
const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

interface Doing {
  app: BilledApp;
  prices: Prices;
  account: Account;
  n: number;
}

/** Does one deed; one that is not possible now (nobody bought yet, the subscription has ended) does nothing. */
export async function doDeed(app: BilledApp, account: Account, { deed, n, prices }: { deed: Deed; n: number; prices: Prices }) {
  const doing: Doing = { app, account, prices, n };
  const target = pick(account.bought, n);
  if (deed === 'buy' || deed === 'decline') return void (await checkout(doing, deed === 'buy' ? 'pays' : 'declines'));
  if (deed === 'hours') return void app.sandbox.controls.advance({ seconds: (1 + (n % 48)) * HOUR });
  if (deed === 'days') return void app.sandbox.controls.advance({ seconds: (1 + (n % 40)) * 24 * HOUR });
  if (target === undefined) return;
  if (deed === 'buyMore') return void (isThere(app, target) && (await checkout(doing, 'pays', target.customerId)));
  if (deed === 'deleteCustomer') return void (await app.context.billing!.stripe.customers.del(target.customerId).catch(ifMissing));
  onMoney(doing, deed, target);
  if (isAlive(app, target)) await onSubscription(doing, deed, target);
}

/** A checkout in Stripe that is paid, or whose first payment is declined. */
async function checkout({ app, account, prices, n }: Doing, outcome: 'pays' | 'declines', customer?: string): Promise<void> {
  const session = await app.context.billing!.stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: pick(prices, n)!, quantity: 1 }],
    success_url: 'http://localhost/done',
    ...(customer ? { customer } : {}),
  });
  pay({ app, account }, session.id, outcome);
}

/** What the buyer does on the pay page; the account keeps what came of it. */
export function pay({ app, account }: Pick<Doing, 'app' | 'account'>, sessionId: string, outcome: 'pays' | 'declines'): void {
  const { controls } = app.sandbox;
  const { subscriptionId } = controls.pay({ sessionId, outcome });
  const customerId = idOf(objectsOf(app, 'subscriptions')[subscriptionId ?? '']?.customer);
  account.customers.add(customerId);
  if (outcome === 'pays') account.bought.push({ customerId, subscriptionId: subscriptionId ?? '' });
}

function onMoney({ app, account, n }: Doing, deed: Deed, { customerId }: Bought): void {
  const { controls } = app.sandbox;
  const dispute = pick(account.disputes, n);
  const charged = Object.values(objectsOf(app, 'charges')).some(({ customer, paid }) => customer === customerId && paid === true);
  if (deed === 'payOpen' && isThere(app, { customerId })) {
    controls.failPayments({ customerId, times: 0 });
    controls.payOpenInvoices({ customerId });
  }
  if (deed === 'failPayments' && isThere(app, { customerId })) controls.failPayments({ customerId, times: 1 + (n % 6) });
  if ((deed === 'dispute' || deed === 'inquiry') && charged) {
    const status = deed === 'inquiry' ? 'warning_needs_response' : n % 2 === 0 ? 'needs_response' : 'under_review';
    account.disputes.push({ id: controls.openDispute({ customerId, status }).id, customerId });
  }
  if (deed === 'disputeWon' && dispute) controls.setDispute({ disputeId: dispute.id, status: 'won' });
  if (deed === 'disputeLost' && dispute) controls.setDispute({ disputeId: dispute.id, status: 'lost' });
  // A charge is refunded once.
  if (deed === 'refund' && charged) ifRefunded(() => controls.refund({ customerId }));
}

async function onSubscription({ app, prices, n }: Doing, deed: Deed, { subscriptionId }: Bought): Promise<void> {
  const { controls } = app.sandbox;
  const priceId = pick(prices, n)!;
  if (deed === 'cancel') controls.cancel({ subscriptionId });
  if (deed === 'reprice') controls.changePrice({ subscriptionId, priceId, anchor: 'unchanged' });
  if (deed === 'repriceNow') controls.changePrice({ subscriptionId, priceId, anchor: 'now' });
  if (deed === 'pause') controls.setStatus({ subscriptionId, status: 'paused' });
  if (deed === 'unpaid') controls.setStatus({ subscriptionId, status: 'unpaid' });
  if (deed === 'resume') controls.setStatus({ subscriptionId, status: 'active' });
  if (deed !== 'cancelAtEnd') return;
  await app.context.billing!.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: n % 3 !== 0 });
}

const isThere = (app: BilledApp, { customerId }: Pick<Bought, 'customerId'>): boolean => customerId in objectsOf(app, 'customers');

/** The sandbox is asked directly: a question over HTTP would use up a fault that is meant for the product. */
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
