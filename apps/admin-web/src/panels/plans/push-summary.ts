import { counted } from '../../lib/format.ts';
import type { PushResult } from './queries.ts';

const CHANGES = new Set<PushResult['action']>(['created', 'updated', 'repriced', 'archived']);

/** What a push does, in words: “2 of 3 plans change at Stripe”. */
export interface PushSummary {
  changes: number;
  text: string;
}

/** Sums up a push, or the preview of one. */
export function summaryOf(results: readonly PushResult[], done: boolean): PushSummary {
  const changes = results.filter(({ action }) => CHANGES.has(action)).length;
  if (results.length === 0) return { changes, text: 'There is no plan to push. Create one first.' };
  if (changes === 0)
    return { changes, text: done ? 'Nothing had to change at Stripe.' : 'Stripe says the same as your plans: there is nothing to push.' };
  const plans = `${changes} of ${counted(results.length, 'plan')}`;
  return { changes, text: done ? `${plans} changed at Stripe.` : `${plans} will change at Stripe. Nothing is written yet.` };
}
