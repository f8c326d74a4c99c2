import { type ListActionsResponses, listActions } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';

/** A callable action with its payload schema. */
export type Action = ListActionsResponses['200']['data'][number];

/** Lists all actions. They only change between releases, so they are fetched once. */
export const useActions = (): UseQueryResult<Action[]> =>
  useQuery({
    queryKey: ['actions'],
    queryFn: async ({ signal }) => (await listActions({ signal, throwOnError: true })).data.data,
    staleTime: Number.POSITIVE_INFINITY,
  });
