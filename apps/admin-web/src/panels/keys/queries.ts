import {
  type CreateKeyData,
  type CreateKeyResponses,
  getKey,
  type ListKeysResponses,
  type ListUsageEventsResponses,
  listAudit,
  listKeys,
  listUsageEvents,
  type SummarizeUsageResponses,
  summarizeUsage,
} from '@api-factory/sdk-ts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { keyLimitsQuery, type Limits } from '../../lib/key-limits.ts';
import { type PagedList, usePages } from '../../lib/pages.ts';
import { polling } from '../../lib/polling.ts';
import { rangeOf } from '../../lib/ranges.ts';
import { type KeyFilter, keyQuery } from './filter.ts';

export type Key = ListKeysResponses['200']['data'][number];
/** A key with its plaintext. */
export type IssuedKey = CreateKeyResponses['201']['data'];
export type NewKey = CreateKeyData['body'];
export type UsageEvent = ListUsageEventsResponses['200']['data'][number];
export type Summary = SummarizeUsageResponses['200']['data'];

const PAGE = 200;
const LATEST = 10;
const LIMITS_MS = 5_000;
const EVENTS_MS = 10_000;
const USAGE_MS = 30_000;
const DAY_MS = 86_400_000;

/** Newest first. */
export function useKeys(filter: KeyFilter): PagedList<Key> {
  const query = keyQuery(filter);
  return usePages<Key>({
    queryKey: ['keys', 'list', query],
    read: async ({ signal, ...page }) => (await listKeys({ query: { ...query, ...page, limit: PAGE }, signal, throwOnError: true })).data,
  });
}

export const useKey = (id: string): UseQueryResult<Key> =>
  useQuery({
    queryKey: ['keys', 'one', id],
    queryFn: async ({ signal }) => (await getKey({ path: { id }, signal, throwOnError: true })).data.data,
  });

/** The limits as the key’s owner sees them. */
export const useLimits = (id: string): UseQueryResult<Limits> => useQuery({ ...keyLimitsQuery(id), ...polling(LIMITS_MS) });

/** @param range a name from `lib/ranges.ts` */
export const useKeyUsage = (id: string, range: string): UseQueryResult<Summary> =>
  useQuery({
    queryKey: ['usage', 'of-key', id, range],
    queryFn: async ({ signal }): Promise<Summary> => {
      const { from, to, bucket } = rangeOf(range, new Date());
      const query = { keyId: id, from: from.toISOString(), to: to.toISOString(), bucket };
      return (await summarizeUsage({ query, signal, throwOnError: true })).data.data;
    },
    ...polling(USAGE_MS),
  });

/** Calls per hour in the last 24 hours, of up to 100 keys in one request. */
export const useSparklines = (ids: readonly string[], enabled: boolean): UseQueryResult<Summary> =>
  useQuery({
    queryKey: ['usage', 'sparklines', ids.join(',')],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - DAY_MS).toISOString();
      const query = { keyIds: ids.join(','), groupBy: 'key', bucket: 'hour', from } as const;
      return (await summarizeUsage({ query, signal, throwOnError: true })).data.data;
    },
    enabled,
    staleTime: 60_000,
  });

/** @param paused stops the automatic refresh */
export const useLatestEvents = (id: string, paused: boolean): UseQueryResult<UsageEvent[]> =>
  useQuery({
    queryKey: ['usage', 'latest', id],
    queryFn: async ({ signal }): Promise<UsageEvent[]> =>
      (await listUsageEvents({ query: { keyId: id, limit: LATEST }, signal, throwOnError: true })).data.data,
    ...polling(paused ? false : EVENTS_MS),
  });

/** The ID of the key that replaced this one, from the audit log; null: it was not rotated. */
export const useSuccessor = (id: string): UseQueryResult<string | null> =>
  useQuery({
    queryKey: ['audit', 'rotation-of-key', id],
    queryFn: async ({ signal }) => {
      const query = { objectType: 'key', objectId: id, action: 'key.rotate', limit: 1 };
      const to = (await listAudit({ query, signal, throwOnError: true })).data.data[0]?.details.to;
      return typeof to === 'string' ? to : null;
    },
  });
