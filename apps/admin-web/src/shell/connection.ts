import { getLivez } from '@api-factory/sdk-ts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { CONNECTION } from '../lib/query-client.ts';

const QUIET_MS = 15_000;
const AWAY_MS = 2_000;

/**
 * Whether the server answers. While it does not it is asked every two seconds; when it is back, everything on the screen is read anew,
 * so the page recovers by itself.
 */
export function useConnection(): { away: boolean; since: number } {
  const client = useQueryClient();
  const { isError, dataUpdatedAt } = useQuery({
    queryKey: CONNECTION,
    queryFn: async ({ signal }) => {
      await getLivez({ signal, throwOnError: true });
      return Date.now();
    },
    retry: false,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.status === 'error' ? AWAY_MS : QUIET_MS),
  });
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !isError) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== CONNECTION[0] });
    wasAway.current = isError;
  }, [isError, client]);
  return { away: isError, since: dataUpdatedAt };
}

/** Whether the server is known not to answer, without asking it. */
export function useIsAway(): boolean {
  const client = useQueryClient();
  const cache = client.getQueryCache();
  return useSyncExternalStore(
    (changed) => cache.subscribe(changed),
    () => client.getQueryState(CONNECTION)?.status === 'error',
  );
}
