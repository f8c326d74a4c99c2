import type { ListKeysData } from '@api-factory/sdk-ts';
import { KEY_ACCESSES, KEY_STATUSES } from '../../lib/statuses.ts';
import { oneOf } from '../../lib/url-state.ts';

type KeyQuery = NonNullable<ListKeysData['query']>;

/** Matches every key. */
export const NO_FILTER = { search: '', status: '', access: '', plan: '', consumer: '' } as const;

/** The filters of the list, as in the URL. */
export type KeyFilter = Record<keyof typeof NO_FILTER, string>;

/**
 * The query parameters of `GET /api/admin/keys`. An unknown status or access, as in a mistyped URL,
 * is omitted: the API would reject it.
 */
export function keyQuery({ search, status, access, plan, consumer }: KeyFilter): KeyQuery {
  const [knownStatus, knownAccess] = [oneOf(KEY_STATUSES, status), oneOf(KEY_ACCESSES, access)];
  return {
    ...(search.trim() ? { search: search.trim() } : {}),
    ...(knownStatus ? { status: knownStatus } : {}),
    ...(knownAccess ? { access: knownAccess } : {}),
    ...(plan ? { plan } : {}),
    ...(consumer ? { consumer } : {}),
  };
}

export const isFiltered = (filter: KeyFilter): boolean => Object.keys(keyQuery(filter)).length > 0;
