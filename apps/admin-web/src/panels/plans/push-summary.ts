import { capitalized, counted } from '../../lib/format.ts';
import type { PushResult } from './queries.ts';
import type { SellingWords } from './selling-words.ts';

const CHANGES = new Set<PushResult['action']>(['created', 'updated', 'repriced', 'archived']);

/** What a push does, in words: “2 of 3 plans change at Stripe”. */
export interface PushSummary {
  changes: number;
  text: string;
}

interface PushedWhere {
  done: boolean;
  words: Pick<SellingWords, 'place' | 'within'>;
}

/** Sums up a push, or the preview of one. */
export function summaryOf(results: readonly PushResult[], { done, words: { place, within } }: PushedWhere): PushSummary {
  const changes = results.filter(({ action }) => CHANGES.has(action)).length;
  if (results.length === 0) return { changes, text: 'There is no plan to push. Create one first.' };
  if (changes === 0)
    return {
      changes,
      text: done ? `Nothing had to change ${within}.` : `${capitalized(place)} says the same as your plans: there is nothing to push.`,
    };
  const plans = `${changes} of ${counted(results.length, 'plan')}`;
  return { changes, text: done ? `${plans} changed ${within}.` : `${plans} will change ${within}. Nothing is written yet.` };
}

/** What would become of a plan: “will be created”. */
export const previewWord = (action: PushResult['action']): string => {
  if (CHANGES.has(action)) return `will be ${action}`;
  return action === 'unchanged' ? 'stays as it is' : 'will be skipped';
};
