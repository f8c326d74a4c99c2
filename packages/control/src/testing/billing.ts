import type { BillingMode } from '@api-factory/core';
import type { Billing } from '../billing/billing.ts';
import { createStripeClient } from '../billing/stripe/client.ts';

/** Billing that is on but never reaches Stripe: its client points at a port without a listener. */
export const aBilling = (mode: BillingMode = 'sandbox'): Billing => ({
  mode,
  stripe: createStripeClient({ secretKey: 'sk_test_none', apiBase: 'http://127.0.0.1:1' }),
  webhookSecrets: [],
  graceDays: 7,
  publicUrl: () => 'https://api.example.org',
  portalByKey: true,
  wallClock: () => Date.now(),
  sandbox: null,
});
