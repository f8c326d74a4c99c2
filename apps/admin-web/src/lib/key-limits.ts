import { type GetKeyLimitsResponses, getKeyLimits } from '@api-factory/sdk-ts';

/** A key’s status, remaining quota and rate limit, as its owner sees them. */
export type Limits = GetKeyLimitsResponses['200']['data'];

/** Fetches the limits of a key. @throws ApiError NOT_FOUND */
export const readLimits = async (id: string, options: { signal?: AbortSignal } = {}): Promise<Limits> =>
  (await getKeyLimits({ path: { id }, ...options, throwOnError: true })).data.data;

/** The same as options for `useQuery`. */
export const keyLimitsQuery = (id: string) => ({
  queryKey: ['keys', 'limits', id],
  queryFn: ({ signal }: { signal: AbortSignal }) => readLimits(id, { signal }),
});

/** Why a revoked or expired key has no calls left; null: its rate limit applies. */
export function endedKeyText(status: Limits['status']): string | null {
  if (status === 'revoked') return 'The key is revoked: every call is refused';
  return status === 'expired' ? 'The key is expired: every call is refused' : null;
}
