import { expect } from 'vitest';
import type { BilledApp } from './billed-app.ts';
import type { Browser } from './browser.ts';

/** A checkout and the browser that started it. */
export interface Purchase {
  buyer: Browser;
  sessionId: string;
}

/** The email address of every payment. */
export const BUYER_EMAIL = 'ann@example.com';

interface CheckoutOptions {
  plan?: string;
  buyer?: Browser;
  headers?: Record<string, string>;
  email?: string | null;
}

/** Starts a checkout, by default in a new browser. */
export async function aCheckout(
  billed: BilledApp,
  { plan = 'pro', buyer = billed.browser(), headers = {}, email = null }: CheckoutOptions = {},
): Promise<Purchase> {
  const reply = await buyer.post('/api/billing/checkout', email === null ? { plan } : { plan, email }, headers);
  expect(reply).toMatchObject({ status: 201, body: { data: { url: expect.any(String) } } });
  return { buyer, sessionId: reply.body.data.sessionId };
}

/** Starts a checkout, pays it, and waits until it is synced. */
export async function aPurchase(billed: BilledApp, options: Parameters<typeof aCheckout>[1] = {}): Promise<Purchase> {
  const purchase = await aCheckout(billed, options);
  await billed.sandbox.controls.pay({ sessionId: purchase.sessionId, outcome: 'pays', email: BUYER_EMAIL });
  await billed.settled();
  return purchase;
}

export const checkoutState = async ({ buyer, sessionId }: Purchase) =>
  (await buyer.get(`/api/billing/checkout?session_id=${sessionId}`)).body.data;

export const claim = ({ buyer, sessionId }: Purchase) => buyer.post('/api/billing/claim', { sessionId });

/** A purchase whose key was claimed. */
export async function aBoughtKey(billed: BilledApp, options: Parameters<typeof aCheckout>[1] = {}) {
  const purchase = await aPurchase(billed, options);
  const reply = await claim(purchase);
  expect(reply.status).toBe(201);
  return { ...purchase, ...(reply.body.data as { key: string; id: string; entitlementId: string; consumerId: string }) };
}
