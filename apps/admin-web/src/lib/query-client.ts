import { isApiError } from '@api-factory/sdk-ts';
import { QueryClient } from '@tanstack/react-query';
import { currentSession, onSessionChange } from './session.ts';

/** A retry would get the same response. */
const isFinal = (error: unknown): boolean => isApiError(error) && error.status < 500;
const MAX_RETRIES = 2;

/** Key of the query that checks whether the server responds. */
export const CONNECTION = ['connection'];

/**
 * Checks the connection after a request got no response, unless a check is already running or
 * polling.
 */
export function checkConnection(queries: QueryClient): void {
  const { status, fetchStatus } = queries.getQueryState(CONNECTION) ?? {};
  if (status !== 'error' && fetchStatus === 'idle') void queries.invalidateQueries({ queryKey: CONNECTION });
}

/**
 * Clears the cache when the session ends, so that none of its data stays in memory or on screen.
 */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => !isFinal(error) && failures < MAX_RETRIES,
        // The browser’s online state says nothing about this server.
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

/**
 * Refetches every query whose key starts with one of the names. Resolves when the visible ones are
 * loaded.
 */
export const invalidate = (queries: QueryClient, names: readonly string[]): Promise<unknown> =>
  Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })));
