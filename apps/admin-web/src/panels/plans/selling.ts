import type { Billing } from '../../lib/billing.ts';
import { capitalized, counted } from '../../lib/format.ts';
import type { PushResult } from './queries.ts';

/** Texts about pushing and selling plans, by billing mode. */
export interface SellingTerms {
  /** “Stripe”, “the sandbox”. */
  target: string;
  /** “in Stripe”, “in the sandbox”. */
  location: string;
  /** Label of the button. */
  push: string;
  /** Why plans can’t be pushed; null: they can. */
  disabledReason: string | null;
}

/** Stripe’s texts while the mode is loading. */
export const sellingTerms = (mode: Billing['mode'] | undefined): SellingTerms => ({
  ...(mode === 'sandbox'
    ? { target: 'the sandbox', location: 'in the sandbox', push: 'Push to sandbox' }
    : { target: 'Stripe', location: 'in Stripe', push: 'Push to Stripe' }),
  disabledReason: mode === 'off' ? 'Billing is off. Set BILLING to sell plans.' : null,
});

const CHANGES = new Set<PushResult['action']>(['created', 'updated', 'repriced', 'archived']);

/** The number of plans that a push changes, and a sentence about it. */
interface PushSummary {
  changes: number;
  text: string;
}

interface SummaryOptions {
  done: boolean;
  terms: Pick<SellingTerms, 'target' | 'location'>;
}

/** Summarizes a push or its preview. */
export function pushSummary(results: readonly PushResult[], { done, terms: { target, location } }: SummaryOptions): PushSummary {
  const changes = results.filter(({ action }) => CHANGES.has(action)).length;
  if (results.length === 0) return { changes, text: 'No plans to push. Create one first.' };
  if (changes === 0)
    return {
      changes,
      text: done ? `No changes were needed ${location}.` : `${capitalized(target)} is up to date with your plans.`,
    };
  const plans = `${changes} of ${counted(results.length, 'plan')}`;
  return { changes, text: done ? `${plans} changed ${location}.` : `${plans} will change ${location}. No changes have been made yet.` };
}

/** “will be created”. */
export const previewText = (action: PushResult['action']): string => {
  if (CHANGES.has(action)) return `will be ${action}`;
  return action === 'unchanged' ? 'unchanged' : 'will be skipped';
};
