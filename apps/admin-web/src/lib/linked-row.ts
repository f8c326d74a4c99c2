import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { ReadState } from './read-state.ts';
import type { TimeBounds } from './time-filter.ts';

interface LinkedRowOptions<T> {
  /** What the address says: the id, and the row’s time by which it can be read when the list does not show it. */
  id: string;
  at: string;
  /** The rows that are shown; undefined until they are there. */
  rows: T[] | undefined;
  queryKey: QueryKey;
  /** Reads the rows between two times. */
  read: (ends: TimeBounds, signal: AbortSignal) => Promise<T[]>;
}

/** The row that the address names. Its data is null when there is none. */
export function useLinkedRow<T extends { id: string }>({ id, at, rows, queryKey, read }: LinkedRowOptions<T>): ReadState<T | null> {
  const shown = rows?.find((row) => row.id === id);
  const ends = momentOf(at);
  const query = useQuery<T | null>({
    queryKey: [...queryKey, id, at],
    queryFn: async ({ signal }) => (await read(ends ?? {}, signal)).find((row) => row.id === id) ?? null,
    enabled: id !== '' && shown === undefined && ends !== null,
  });
  if (shown) return { data: shown, error: null, refetch: query.refetch };
  if (ends !== null) return query;
  return { data: rows === undefined ? undefined : null, error: null, refetch: query.refetch };
}

/** The millisecond that begins at `at`; null when it is no time. */
function momentOf(at: string): Required<TimeBounds> | null {
  const ms = at === '' ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? null : { from: new Date(ms).toISOString(), to: new Date(ms + 1).toISOString() };
}
