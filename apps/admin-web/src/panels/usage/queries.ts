import {
  type ListQuarantinedUsageResponses,
  type ListUsageEventsResponses,
  listQuarantinedUsage,
  listUsageEvents,
  type SummarizeUsageResponses,
  summarizeUsage,
} from '@api-factory/sdk-ts';
import type { ListPage, PageRequest } from '../../lib/pages.ts';
import { summarySpanOf, type TimeBounds } from '../../lib/time-filter.ts';
import { type EventFilter, eventQuery } from './filter.ts';

export type UsageEvent = ListUsageEventsResponses['200']['data'][number];
export type Summary = SummarizeUsageResponses['200']['data'];
export type Quarantined = ListQuarantinedUsageResponses['200']['data'][number];

/** How many events the page shows at first, and live. */
export const NEWEST = 50;
const EXPORT_PAGE = 1_000;
const MOST_IN_A_MILLISECOND = 1_000;
const DAY_MS = 86_400_000;

export const eventsKey = (filter: EventFilter) => ['usage', 'events', filter] as const;
export const newestKey = (filter: EventFilter) => ['usage', 'newest', filter] as const;
export const summaryKey = ({ status: _status, ...filter }: EventFilter) => ['usage', 'summary', filter] as const;
export const LINKED_KEY = ['usage', 'event'] as const;
export const QUARANTINE_KEY = ['usage', 'quarantine'] as const;

/** A page of events, newest first. */
export async function readEvents(filter: EventFilter, page: PageRequest): Promise<ListPage<UsageEvent>> {
  const { signal, ...cursor } = page;
  const { data } = await listUsageEvents({
    query: { ...eventQuery(filter, new Date()), ...cursor, limit: NEWEST },
    signal,
    throwOnError: true,
  });
  return data;
}

/** Reads pages of one and the same range for an export: its beginning does not move while it is read. */
export function exportReader(filter: EventFilter, now: Date): (page: { cursor?: string }) => Promise<ListPage<UsageEvent>> {
  const query = { ...eventQuery(filter, now), limit: EXPORT_PAGE };
  return async (page) => (await listUsageEvents({ query: { ...query, ...page }, throwOnError: true })).data;
}

/** The events between two times. */
export async function readEventsBetween(ends: TimeBounds, signal: AbortSignal): Promise<UsageEvent[]> {
  const { data } = await listUsageEvents({ query: { ...ends, limit: MOST_IN_A_MILLISECOND }, signal, throwOnError: true });
  return data.data;
}

/** Whether there is any event at all. */
export async function readWhetherAny(signal: AbortSignal): Promise<boolean> {
  return (await listUsageEvents({ query: { limit: 1 }, signal, throwOnError: true })).data.data.length > 0;
}

/** Sums by status, so that a filter for one can be applied to them. */
export async function readSummary(filter: EventFilter, signal: AbortSignal): Promise<Summary> {
  const { from, to, bucket } = summarySpanOf(filter, new Date());
  const query = {
    from: from.toISOString(),
    to: to.toISOString(),
    bucket,
    groupBy: 'status' as const,
    ...(filter.key ? { keyId: filter.key } : {}),
    ...(filter.api ? { api: filter.api } : {}),
  };
  return (await summarizeUsage({ query, signal, throwOnError: true })).data.data;
}

/** The apis that were called today or yesterday. */
export async function readApis(signal: AbortSignal): Promise<string[]> {
  const query = { groupBy: 'route' as const, bucket: 'day' as const, from: new Date(Date.now() - DAY_MS).toISOString() };
  const { data } = await summarizeUsage({ query, signal, throwOnError: true });
  return [...new Set(data.data.rows.flatMap(({ api }) => api ?? []))].sort();
}

/** A page of the usage records that the database refused. */
export async function readQuarantined({ signal, ...cursor }: PageRequest): Promise<ListPage<Quarantined>> {
  return (await listQuarantinedUsage({ query: cursor, signal, throwOnError: true })).data;
}
