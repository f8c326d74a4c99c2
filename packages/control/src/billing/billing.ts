import type { BillingMode } from '@api-factory/core';
import { ProblemError } from '@api-factory/core';
import type { StripeClient } from './stripe/client.ts';

/** The configuration of billing when it is on. */
export interface Billing {
  readonly mode: BillingMode;
  readonly stripe: StripeClient;
  /** A webhook may be signed with any of them. */
  readonly webhookSecrets: readonly string[];
  readonly graceDays: number;
  /** Public origin without a trailing slash. Known once the server listens. */
  readonly publicUrl: () => string;
  /** Whether an API key with the customer's email address opens the customer portal. */
  readonly portalByKey: boolean;
  /**
   * Epoch ms of the machine's clock, which may step back. Webhook signatures carry Stripe's time:
   * the product's clock never steps back and would reject them all after a larger correction.
   */
  readonly wallClock: () => number;
  /** Origin of the local sandbox and the token of its controls; null with Stripe itself. */
  readonly sandbox: { readonly url: string; readonly token: string } | null;
}

/** @throws ProblemError BILLING_OFF */
export function requireBilling({ billing }: { billing: Billing | null }): Billing {
  if (billing === null) throw new ProblemError('BILLING_OFF');
  return billing;
}
