import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { polling } from './polling.ts';

/** One page of a list, as the API answers it. */
export interface ListPage<T> {
  data: T[];
  meta: { pagination: { cursor: string | null; hasMore: boolean } };
}

/** A page of a list that is asked for. */
export interface PageRequest {
  /** Where it begins; the first one has none. */
  cursor?: string;
  signal: AbortSignal;
}

interface PagesOptions<T> {
  queryKey: QueryKey;
  read: (page: PageRequest) => Promise<ListPage<T>>;
  /** How often it is refreshed by itself, in ms. */
  everyMs?: number | false;
  enabled?: boolean;
}

/** A list that is read page by page. */
export interface PagedList<T> {
  /** undefined until the first page is there. */
  rows: T[] | undefined;
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  more: () => void;
  refetch: () => void;
}

/** Reads a list page by page, for `ListView`. */
export function usePages<T>({ queryKey, read, everyMs = false, enabled = true }: PagesOptions<T>): PagedList<T> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }): Promise<ListPage<T>> =>
      firstNonEmptyPage(read, { ...(pageParam === null ? {} : { cursor: pageParam }), signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.meta.pagination.hasMore ? last.meta.pagination.cursor : null),
    enabled,
    ...polling(everyMs),
  });
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data), [data]);
  return {
    rows,
    error,
    hasMore: hasNextPage,
    loadingMore: isFetchingNextPage,
    more: () => void fetchNextPage(),
    refetch: () => void refetch(),
  };
}

/** So many pages in a row are read by themselves: a second or two. Then the reader is asked whether to go on. */
const MOST_FOLLOWED = 20;

/**
 * Reads the first page that has a row. The API looks through a bounded number of rows for each, so a page may be empty although
 * there is more. An empty page with a cursor means that nothing was found so far.
 */
export async function firstNonEmptyPage<T>(read: (page: PageRequest) => Promise<ListPage<T>>, first: PageRequest): Promise<ListPage<T>> {
  let page = await read(first);
  for (let followed = 1; followed < MOST_FOLLOWED; followed++) {
    const { cursor, hasMore } = page.meta.pagination;
    if (page.data.length > 0 || !hasMore || cursor === null) return page;
    page = await read({ cursor, signal: first.signal });
  }
  return page;
}

/** Reads every page from the first to the last, for an export. `onProgress` hears how many rows are there; at most `most` are read. */
export async function readAll<T>(
  read: (page: { cursor?: string }) => Promise<ListPage<T>>,
  { most, onProgress }: { most: number; onProgress: (count: number) => void },
): Promise<{ rows: T[]; complete: boolean }> {
  const rows: T[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: ListPage<T> = await read(cursor === null ? {} : { cursor });
    rows.push(...page.data);
    onProgress(rows.length);
    cursor = page.meta.pagination.cursor;
    if (cursor === null) return { rows, complete: true };
    if (rows.length >= most) return { rows, complete: false };
  }
}
