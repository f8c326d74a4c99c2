import type { Billing } from '../../lib/billing.ts';

/** What the panel says of selling: where a price goes, whether anybody can buy. */
export interface SellingWords {
  /** Whose catalogue a push writes: “Stripe”, “the sandbox”. */
  place: string;
  /** “at Stripe”, “in the sandbox”. */
  within: string;
  /** On the button. */
  push: string;
  /** Why nothing can be pushed; null: it can. */
  off: string | null;
}

/** Words for how billing runs; while that is not known, Stripe’s. */
export const sellingWords = (mode: Billing['mode'] | undefined): SellingWords => ({
  ...(mode === 'sandbox'
    ? { place: 'the sandbox', within: 'in the sandbox', push: 'Push to the sandbox' }
    : { place: 'Stripe', within: 'at Stripe', push: 'Push to Stripe' }),
  off: mode === 'off' ? 'Billing is off: set BILLING to sell plans' : null,
});
