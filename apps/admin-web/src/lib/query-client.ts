import { isApiError } from '@api-factory/sdk-ts';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { currentSession, onSessionChange } from './session.ts';

/** What the server said will not change by asking again at once. */
const isFinal = (error: unknown): boolean => isApiError(error) && error.status < 500;
const MOST_RETRIES = 2;

/** The query by which the console knows whether the server answers. */
export const CONNECTION = ['connection'];

/** Made once per page. What was read for a session is dropped with it, so that nothing of it is left on the screen or in memory. */
export function createQueryClient(): QueryClient {
  /** Whatever got no answer is a reason to look at the connection, unless it is known to be gone: that is looked at by itself. */
  const doubt = (error: unknown, queryKey: readonly unknown[]) => {
    if (isApiError(error) || queryKey[0] === CONNECTION[0] || client.getQueryState(CONNECTION)?.status === 'error') return;
    void client.invalidateQueries({ queryKey: CONNECTION });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, { queryKey }) => doubt(error, queryKey) }),
    mutationCache: new MutationCache({ onError: (error) => doubt(error, []) }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => !isFinal(error) && failures < MOST_RETRIES,
        // Asking a server that is away is how its return is seen; the browser’s own “online” says nothing about this machine.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
  onSessionChange(() => {
    if (currentSession().phase !== 'signed-in') client.clear();
  });
  return client;
}

/** Reads anew whatever was read below these names. Resolves when what is on the screen is there. */
export const invalidate = (queries: QueryClient, names: readonly string[]): Promise<unknown> =>
  Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })));
