import { type InfiniteData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ListPage, type PagedList, usePages } from '../../lib/pages.ts';
import { polling } from '../../lib/polling.ts';
import type { EventFilter } from './filter.ts';
import { countFresh, type Frame, nextFrame } from './newest.ts';
import { eventsKey, newestKey, readEvents, type UsageEvent } from './queries.ts';

/** How often live events are read, in ms. */
export const LIVE_MS = 2_000;

interface EventsOptions {
  filter: EventFilter;
  live: boolean;
  /** Somebody is in the list: it stands still. */
  held: boolean;
  /** Called when older events are asked for, which a live list does not show. */
  onLeaveLive: () => void;
}

interface Events {
  list: PagedList<UsageEvent>;
  /** Events that came since the list stands still. */
  fresh: number;
  showFresh: () => void;
}

/** The events of a filter: page by page, or live, the newest ones alone. */
export function useEvents({ filter, live, held, onLeaveLive }: EventsOptions): Events {
  const client = useQueryClient();
  const pages = usePages({ queryKey: eventsKey(filter), read: (page) => readEvents(filter, page), enabled: !live });
  const newest = useQuery({
    queryKey: newestKey(filter),
    queryFn: ({ signal }) => readEvents(filter, { signal }),
    enabled: live,
    ...polling(LIVE_MS),
  });
  const latest = newest.data ? { of: JSON.stringify(filter), rows: newest.data.data } : null;
  const [shown, setShown] = useState<Frame<UsageEvent> | null>(null);
  const frame = nextFrame(shown, latest, held);
  if (frame?.rows !== shown?.rows || frame?.of !== shown?.of) setShown(frame);
  if (!live) return { list: pages, fresh: 0, showFresh: () => {} };

  const older = () => {
    const first: InfiniteData<ListPage<UsageEvent>> = { pages: newest.data ? [newest.data] : [], pageParams: [null] };
    client.setQueryData(eventsKey(filter), first);
    pages.more();
    onLeaveLive();
  };
  const list: PagedList<UsageEvent> = {
    rows: frame?.rows,
    error: newest.error,
    hasMore: newest.data?.meta.pagination.hasMore ?? false,
    loadingMore: false,
    more: older,
    refetch: () => void newest.refetch(),
  };
  return { list, fresh: frame && latest ? countFresh(frame.rows, latest.rows) : 0, showFresh: () => setShown(latest) };
}
