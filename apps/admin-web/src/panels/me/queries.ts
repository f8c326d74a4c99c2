import { type GetOwnKeyResponses, getOwnKey, isApiError } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { polling } from '../../lib/polling.ts';

/** A key as its owner sees it. */
export type OwnKey = GetOwnKeyResponses['200']['data'];

/** A check of a pasted key. Numbered, because the key must not be part of a query key. */
export interface Check {
  number: number;
  key: string;
}

const INTERVAL_MS = 5_000;

/** Stops after an error: repeated requests with a wrong key would get this address blocked. */
const { refetchInterval, ...pollingOptions } = polling(INTERVAL_MS);

/** Fetches a pasted key as its owner would, every few seconds until it is refused. */
export const useOwnKey = (check: Check): UseQueryResult<OwnKey> =>
  useQuery({
    queryKey: ['me', check.number],
    queryFn: async ({ signal }): Promise<OwnKey> => {
      const headers = { authorization: `Bearer ${check.key}` };
      return (await getOwnKey({ headers, signal, throwOnError: true })).data.data;
    },
    gcTime: 0,
    refetchOnWindowFocus: (query) => !isApiError(query.state.error),
    ...pollingOptions,
    refetchInterval: (query) => (isApiError(query.state.error) ? false : refetchInterval(query)),
  });
