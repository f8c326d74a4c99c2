import type { ListUsageEventsData } from '@api-factory/sdk-ts';
import { type TimeFilter, timeBounds } from '../../lib/time-filter.ts';

/** Which events are shown, as the address says it. */
export interface EventFilter extends TimeFilter {
  key: string;
  api: string;
  /** A status such as `429`, or a class of them such as `4xx`. */
  status: string;
}

/** What the page shows when its address says nothing. */
export const NO_FILTER = { key: '', api: '', status: '', range: '24h', from: '', to: '' } as const satisfies EventFilter;

/** Of every event there is. */
export const EVERYTHING = { ...NO_FILTER, range: 'all' } as const satisfies EventFilter;

type EventQuery = NonNullable<ListUsageEventsData['query']>;

/** What the API is asked for. A range up to now begins later with every minute, so this is worked out at each reading. */
export const eventQuery = (filter: EventFilter, now: Date): EventQuery => ({ ...otherThanTime(filter), ...timeBounds(filter, now) });

function otherThanTime({ key, api, status }: EventFilter): EventQuery {
  return { ...(key ? { keyId: key } : {}), ...(api ? { api } : {}), ...(status ? { status } : {}) };
}

/** Whether it leaves something out that the plain page shows. */
export const isNarrowed = (filter: EventFilter): boolean => Object.keys(otherThanTime(filter)).length > 0;

/** Whether a status matches the text of a filter. */
export function matchesStatus(status: number, text: string): boolean {
  if (text === '') return true;
  return text.endsWith('xx') ? Math.floor(status / 100) === Number(text.charAt(0)) : status === Number(text);
}

/** Why a text is no status to filter by; null: it is one. */
export const faultOfStatus = (text: string): string | null => (/^[1-5](\d\d|xx)$/.test(text) ? null : 'Like 429 or 4xx');

/** Why a text is no name of an api; null: it may be one. */
export const faultOfApi = (text: string): string | null =>
  /^[a-z0-9][a-z0-9-]{0,62}$/.test(text) ? null : 'Small letters, digits, hyphens';
