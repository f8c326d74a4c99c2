import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { polling } from './polling.ts';

/** One page of a list, as the API returns it. */
export interface ListPage<T> {
  data: T[];
  meta: { pagination: { cursor: string | null; hasMore: boolean } };
}

export interface PageRequest {
  /** Absent for the first page. */
  cursor?: string;
  signal: AbortSignal;
}

interface PagesOptions<T> {
  queryKey: QueryKey;
  read: (page: PageRequest) => Promise<ListPage<T>>;
  /** Refresh interval; false: no automatic refresh. */
  everyMs?: number | false;
  enabled?: boolean;
}

/** A list loaded page by page. */
export interface PagedList<T> {
  /** undefined until the first page has loaded. */
  rows: T[] | undefined;
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  more: () => void;
  refetch: () => void;
}

/** Loads a list page by page, for `ListView`. */
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

/** Empty pages skipped in a row (a second or two) before the operator is asked to continue. */
const MAX_SKIPPED = 20;

/**
 * Loads the first page with a row. The API scans a bounded number of rows per page, so a page may
 * be empty although more follow. The result is empty with a cursor when no row was found so far.
 */
export async function firstNonEmptyPage<T>(read: (page: PageRequest) => Promise<ListPage<T>>, first: PageRequest): Promise<ListPage<T>> {
  let page = await read(first);
  for (let count = 1; count < MAX_SKIPPED; count++) {
    const { cursor, hasMore } = page.meta.pagination;
    if (page.data.length > 0 || !hasMore || cursor === null) return page;
    page = await read({ cursor, signal: first.signal });
  }
  return page;
}

/**
 * Loads every page, for an export, until `most` rows are reached. `onProgress` is called with the
 * number of rows so far.
 */
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
