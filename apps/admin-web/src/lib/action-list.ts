import { type ListActionsResponses, listActions } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** An action that can be called, with the schema of its payload. */
export type Action = ListActionsResponses['200']['data'][number];

/** All actions: they differ only between releases, so they are read once. */
export const useActions = (): UseQueryResult<Action[]> =>
  useQuery({
    queryKey: ['actions'],
    queryFn: async ({ signal }) => (await listActions({ signal, throwOnError: true })).data.data,
    staleTime: Number.POSITIVE_INFINITY,
  });
