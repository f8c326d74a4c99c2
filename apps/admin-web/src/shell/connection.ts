import { getLivez } from '@api-factory/sdk-ts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { CONNECTION } from '../lib/query-client.ts';

const HEALTHY_MS = 15_000;
const DOWN_MS = 2_000;

/**
 * Checks whether the server responds, every two seconds while it doesn’t. When it is back, all
 * visible queries are refetched, so the page recovers automatically.
 */
export function useConnection(): { isDown: boolean; lastResponseAt: number } {
  const client = useQueryClient();
  const { isError, dataUpdatedAt } = useQuery({
    queryKey: CONNECTION,
    queryFn: async ({ signal }) => {
      await getLivez({ signal, throwOnError: true });
      return Date.now();
    },
    retry: false,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.status === 'error' ? DOWN_MS : HEALTHY_MS),
  });
  const wasDown = useRef(false);
  useEffect(() => {
    if (wasDown.current && !isError) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== CONNECTION[0] });
    wasDown.current = isError;
  }, [isError, client]);
  return { isDown: isError, lastResponseAt: dataUpdatedAt };
}

/** Whether the server is known to be down, without a request. */
export function useIsDown(): boolean {
  const client = useQueryClient();
  const cache = client.getQueryCache();
  return useSyncExternalStore(
    (changed) => cache.subscribe(changed),
    () => client.getQueryState(CONNECTION)?.status === 'error',
  );
}
