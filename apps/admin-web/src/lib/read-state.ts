/**
 * The part of a query’s state that `Loaded` needs: TanStack queries and paged lists both have it.
 */
export interface ReadState<T> {
  /** undefined while loading. */
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
}
