import { counted, formatCount, formatMoney } from '../../lib/format.ts';
import type { Plan } from './queries.ts';

const WINDOWS: Record<number, string> = { 1: 'second', 60: 'minute', 3600: 'hour', 86400: 'day' };

/** “10,000 units per month”. */
export const quotaText = ({ limit, period }: Plan['quota']): string =>
  limit === null ? 'unlimited' : `${counted(limit, 'unit')} per ${period}`;

/** “600 calls per minute”. */
export function rateText({ limit, windowSeconds }: Plan['rate']): string {
  if (limit === null) return 'unlimited';
  return `${counted(limit, 'call')} per ${WINDOWS[windowSeconds] ?? `${formatCount(windowSeconds)} s`}`;
}

/** “$49.00 per month”. */
export const priceText = (price: Plan['price'] | undefined): string =>
  price ? `${formatMoney(price.amountCents, price.currency)} per ${price.interval}` : 'not for sale';

/** “hello, actions”. */
export function apisText(apis: Plan['apis'] | undefined): string {
  if (!apis) return 'every api';
  return apis.length === 0 ? 'no api' : apis.join(', ');
}

/** What an edit did to those who have the plan; null when nobody moved. */
export function movedText({ moved, moving }: { moved: number; moving: number }): string | null {
  if (moved === 0 && moving === 0) return null;
  const done = `${entitlementsText(moved)} moved to it`;
  return moving === 0 ? `${done}.` : `${done}; ${formatCount(moving)} more follow in the background.`;
}

/** “1 entitlement”. */
export const entitlementsText = (count: number): string => counted(count, 'entitlement');
