import { type InfiniteData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ListPage, type PagedList, usePages } from '../../lib/pages.ts';
import { polling } from '../../lib/polling.ts';
import type { EventFilter } from './filter.ts';
import { eventsKey, newestKey, readEvents, type UsageEvent } from './queries.ts';

export const LIVE_INTERVAL_MS = 2_000;

interface EventsOptions {
  filter: EventFilter;
  live: boolean;
  /** The list is in use and must not change. */
  paused: boolean;
  /** Called when older events are loaded, which a live list doesn’t show. */
  onLeaveLive: () => void;
}

interface Events {
  list: PagedList<UsageEvent>;
  /** Number of events since the list was paused. */
  unseen: number;
  showUnseen: () => void;
}

/** The events of a filter: page by page, or only the newest ones, live. */
export function useEvents({ filter, live, paused, onLeaveLive }: EventsOptions): Events {
  const client = useQueryClient();
  const pages = usePages({ queryKey: eventsKey(filter), read: (page) => readEvents(filter, page), enabled: !live });
  const newest = useQuery({
    queryKey: newestKey(filter),
    queryFn: ({ signal }) => readEvents(filter, { signal }),
    enabled: live,
    ...polling(LIVE_INTERVAL_MS),
  });
  const latest = newest.data ? { filterKey: JSON.stringify(filter), rows: newest.data.data } : null;
  const [shown, setShown] = useState<LiveRows<UsageEvent> | null>(null);
  const current = nextLiveRows(shown, latest, paused);
  if (current?.rows !== shown?.rows || current?.filterKey !== shown?.filterKey) setShown(current);
  if (!live) return { list: pages, unseen: 0, showUnseen: () => {} };

  const loadOlder = () => {
    const first: InfiniteData<ListPage<UsageEvent>> = { pages: newest.data ? [newest.data] : [], pageParams: [null] };
    client.setQueryData(eventsKey(filter), first);
    pages.more();
    onLeaveLive();
  };
  const list: PagedList<UsageEvent> = {
    rows: current?.rows,
    error: newest.error,
    hasMore: newest.data?.meta.pagination.hasMore ?? false,
    loadingMore: false,
    more: loadOlder,
    refetch: () => void newest.refetch(),
  };
  return { list, unseen: current && latest ? countUnseen(current.rows, latest.rows) : 0, showUnseen: () => setShown(latest) };
}

/** Rows of a live list. */
export interface LiveRows<T> {
  /** Identifies the filter. */
  filterKey: string;
  rows: T[];
}

/**
 * The rows to show: the latest ones, or those already shown while the list is paused.
 * @param latest null while loading
 */
export function nextLiveRows<T>(shown: LiveRows<T> | null, latest: LiveRows<T> | null, paused: boolean): LiveRows<T> | null {
  if (latest === null) return null;
  return paused && shown !== null && shown.filterKey === latest.filterKey ? shown : latest;
}

/** The number of latest rows that are not shown yet. */
export function countUnseen<T extends { id: string }>(shown: T[], latest: T[]): number {
  if (shown === latest) return 0;
  const known = new Set(shown.map(({ id }) => id));
  return latest.filter(({ id }) => !known.has(id)).length;
}

/** “12 new”, or “50+ new” when a whole page is new and there may be more. */
export const newEventsText = (unseen: number, pageSize: number): string => (unseen < pageSize ? `${unseen} new` : `${unseen}+ new`);
