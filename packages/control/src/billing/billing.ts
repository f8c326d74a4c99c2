import type { BillingMode } from '@api-factory/core';
import { ProblemError } from '@api-factory/core';
import type { Context } from '../context.ts';
import type { StripeClient } from './stripe/client.ts';

/** What billing needs, when it is on. */
export interface Billing {
  readonly mode: BillingMode;
  readonly stripe: StripeClient;
  /** Any of them may have signed a webhook. */
  readonly webhookSecrets: readonly string[];
  readonly graceDays: number;
  /** Origin under which consumers reach this installation, without a slash at its end. Known once it listens. */
  readonly publicUrl: () => string;
  /** Whether an API key, with the customer's e-mail address, opens the customer portal. */
  readonly portalByKey: boolean;
  /**
   * Epoch ms by the machine's clock as it is set now, which may step back. Signatures of webhooks carry Stripe's time: the product's own clock, which
   * never steps back, would refuse them all once the machine's clock was corrected by more than their tolerance.
   */
  readonly wallClock: () => number;
  /** The local sandbox: its origin, and the token that its controls want. null when Stripe itself is asked. */
  readonly sandbox: { readonly url: string; readonly token: string } | null;
}

/** @throws ProblemError BILLING_OFF */
export function requireBilling({ billing }: Context): Billing {
  if (billing === null) throw new ProblemError('BILLING_OFF');
  return billing;
}
