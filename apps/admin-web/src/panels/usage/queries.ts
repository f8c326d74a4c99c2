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

/** Events per page, and in the live list. */
export const PAGE_SIZE = 50;
const EXPORT_PAGE_SIZE = 1_000;
const MAX_PER_MILLISECOND = 1_000;
const DAY_MS = 86_400_000;

export const eventsKey = (filter: EventFilter) => ['usage', 'events', filter] as const;
export const newestKey = (filter: EventFilter) => ['usage', 'newest', filter] as const;
export const summaryKey = ({ status: _status, ...filter }: EventFilter) => ['usage', 'summary', filter] as const;
export const LINKED_KEY = ['usage', 'event'] as const;
export const QUARANTINE_KEY = ['usage', 'quarantine'] as const;

/** Fetches a page of events, newest first. */
export async function readEvents(filter: EventFilter, page: PageRequest): Promise<ListPage<UsageEvent>> {
  const { signal, ...cursor } = page;
  const { data } = await listUsageEvents({
    query: { ...eventQuery(filter, new Date()), ...cursor, limit: PAGE_SIZE },
    signal,
    throwOnError: true,
  });
  return data;
}

/** Returns a page reader for an export. The range is fixed when it starts. */
export function exportReader(filter: EventFilter, now: Date): (page: { cursor?: string }) => Promise<ListPage<UsageEvent>> {
  const query = { ...eventQuery(filter, now), limit: EXPORT_PAGE_SIZE };
  return async (page) => (await listUsageEvents({ query: { ...query, ...page }, throwOnError: true })).data;
}

/** Fetches the events of one millisecond. */
export async function readEventsBetween(bounds: TimeBounds, signal: AbortSignal): Promise<UsageEvent[]> {
  const { data } = await listUsageEvents({ query: { ...bounds, limit: MAX_PER_MILLISECOND }, signal, throwOnError: true });
  return data.data;
}

/** Whether any event exists. */
export async function readWhetherAny(signal: AbortSignal): Promise<boolean> {
  return (await listUsageEvents({ query: { limit: 1 }, signal, throwOnError: true })).data.data.length > 0;
}

/** Fetches totals by status, to which a status filter can then be applied. */
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

/** The APIs called today or yesterday. */
export async function readApis(signal: AbortSignal): Promise<string[]> {
  const query = { groupBy: 'route' as const, bucket: 'day' as const, from: new Date(Date.now() - DAY_MS).toISOString() };
  const { data } = await summarizeUsage({ query, signal, throwOnError: true });
  return [...new Set(data.data.rows.flatMap(({ api }) => api ?? []))].sort();
}

/** Fetches a page of quarantined usage records. */
export async function readQuarantined({ signal, ...cursor }: PageRequest): Promise<ListPage<Quarantined>> {
  return (await listQuarantinedUsage({ query: cursor, signal, throwOnError: true })).data;
}
