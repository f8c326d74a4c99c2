import { isApiError } from '@api-factory/sdk-ts';
import { QueryClient } from '@tanstack/react-query';
import { currentSession, onSessionChange } from './session.ts';

/** What the server said will not change by asking again at once. */
const isFinal = (error: unknown): boolean => isApiError(error) && error.status < 500;
const MOST_RETRIES = 2;

/** The query by which the console knows whether the server answers. */
export const CONNECTION = ['connection'];

/**
 * Looks at the connection because something got no answer; not while it is being looked at, nor when it is known to be gone: then that is done
 * by itself.
 */
export function doubtConnection(queries: QueryClient): void {
  const { status, fetchStatus } = queries.getQueryState(CONNECTION) ?? {};
  if (status !== 'error' && fetchStatus === 'idle') void queries.invalidateQueries({ queryKey: CONNECTION });
}

/** Made once per page. What was read for a session is dropped with it, so that nothing of it is left on the screen or in memory. */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
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
