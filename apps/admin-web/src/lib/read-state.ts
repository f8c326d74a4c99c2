/** How the reading of something stands: every query of TanStack’s has these, and so has a list that is read page by page. */
export interface ReadState<T> {
  /** undefined until it is there. */
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
}
