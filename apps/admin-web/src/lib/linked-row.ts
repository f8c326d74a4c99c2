import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { ReadState } from './read-state.ts';
import type { TimeBounds } from './time-filter.ts';

interface LinkedRowOptions<T> {
  /**
   * From the URL: the row’s ID, and its time, needed to fetch it when the list doesn’t include it.
   */
  id: string;
  at: string;
  /** The listed rows; undefined while loading. */
  rows: T[] | undefined;
  queryKey: QueryKey;
  read: (bounds: TimeBounds, signal: AbortSignal) => Promise<T[]>;
}

/** The row that the URL names, listed or fetched; null when it doesn’t exist. */
export function useLinkedRow<T extends { id: string }>({ id, at, rows, queryKey, read }: LinkedRowOptions<T>): ReadState<T | null> {
  const shown = rows?.find((row) => row.id === id);
  const bounds = boundsOfMillisecond(at);
  const query = useQuery<T | null>({
    queryKey: [...queryKey, id, at],
    queryFn: async ({ signal }) => (await read(bounds ?? {}, signal)).find((row) => row.id === id) ?? null,
    enabled: id !== '' && shown === undefined && bounds !== null,
  });
  if (shown) return { data: shown, error: null, refetch: query.refetch };
  if (bounds !== null) return query;
  return { data: rows === undefined ? undefined : null, error: null, refetch: query.refetch };
}

/** The bounds of the millisecond at `at`; null when it isn’t a time. */
function boundsOfMillisecond(at: string): Required<TimeBounds> | null {
  const ms = at === '' ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? null : { from: new Date(ms).toISOString(), to: new Date(ms + 1).toISOString() };
}
