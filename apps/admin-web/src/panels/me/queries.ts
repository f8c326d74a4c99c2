import { type GetOwnKeyResponses, getOwnKey, isApiError } from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { polling } from '../../lib/polling.ts';

/** What the owner of a key sees of it. */
export type OwnKey = GetOwnKeyResponses['200']['data'];

/** A key that is being checked. The number tells checks apart: the key itself must not be in the name of a query. */
export interface Check {
  number: number;
  key: string;
}

const EVERY_MS = 5_000;

/** Only while it is answered: refusals are counted, and who asks again and again with a wrong key is shut out. */
const { refetchInterval, ...whenVisible } = polling(EVERY_MS);

/** Asks with a pasted key, as its owner would, and again every few seconds until it is refused. */
export const useOwnKey = (check: Check): UseQueryResult<OwnKey> =>
  useQuery({
    queryKey: ['me', check.number],
    queryFn: async ({ signal }): Promise<OwnKey> => {
      const headers = { authorization: `Bearer ${check.key}` };
      return (await getOwnKey({ headers, signal, throwOnError: true })).data.data;
    },
    gcTime: 0,
    refetchOnWindowFocus: (query) => !isApiError(query.state.error),
    ...whenVisible,
    refetchInterval: (query) => (isApiError(query.state.error) ? false : refetchInterval(query)),
  });
