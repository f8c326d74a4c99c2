import type { ListUsageEventsData } from '@api-factory/sdk-ts';
import { type TimeFilter, timeBounds } from '../../lib/time-filter.ts';

/** The event filter in the URL. */
export interface EventFilter extends TimeFilter {
  key: string;
  api: string;
  /** A status such as `429`, or a status class such as `4xx`. */
  status: string;
}

/** The default filter. */
export const NO_FILTER = { key: '', api: '', status: '', range: '24h', from: '', to: '' } as const satisfies EventFilter;

/** Matches every event. */
export const EVERYTHING = { ...NO_FILTER, range: 'all' } as const satisfies EventFilter;

type EventQuery = NonNullable<ListUsageEventsData['query']>;

/** The API query. Computed per request, since a range up to now moves with the clock. */
export const eventQuery = (filter: EventFilter, now: Date): EventQuery => ({ ...queryWithoutTime(filter), ...timeBounds(filter, now) });

function queryWithoutTime({ key, api, status }: EventFilter): EventQuery {
  return { ...(key ? { keyId: key } : {}), ...(api ? { api } : {}), ...(status ? { status } : {}) };
}

/** Whether it filters by anything but time. */
export const isNarrowed = (filter: EventFilter): boolean => Object.keys(queryWithoutTime(filter)).length > 0;

/** Whether a status matches the filter’s text. */
export function matchesStatus(status: number, text: string): boolean {
  if (text === '') return true;
  return text.endsWith('xx') ? Math.floor(status / 100) === Number(text.charAt(0)) : status === Number(text);
}

/** The error of a status filter; null: valid. */
export const statusError = (text: string): string | null => (/^[1-5](\d\d|xx)$/.test(text) ? null : 'Such as 429 or 4xx');

/** The error of an API name; null: valid. */
export const apiNameError = (text: string): string | null =>
  /^[a-z0-9][a-z0-9-]{0,62}$/.test(text) ? null : 'Lowercase letters, digits, hyphens';
