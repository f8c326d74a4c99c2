import type { ListKeysData } from '@api-factory/sdk-ts';
import { oneOf } from '../../lib/url-state.ts';

type KeyQuery = NonNullable<ListKeysData['query']>;

/** What the page shows when its address says nothing: every key. */
export const NO_FILTER = { search: '', status: '', access: '', plan: '', consumer: '' } as const;

/** Which keys are shown, as the address says it. */
export type KeyFilter = Record<keyof typeof NO_FILTER, string>;

export const STATUSES = ['enabled', 'suspended', 'revoked', 'expired'] as const;
export const ACCESSES = ['active', 'grace', 'suspended', 'revoked'] as const;

/** What the API is asked for. A status or access that there is not, as in a mistyped address, filters nothing. */
export function keyQuery({ search, status, access, plan, consumer }: KeyFilter): KeyQuery {
  const [knownStatus, knownAccess] = [oneOf(STATUSES, status), oneOf(ACCESSES, access)];
  return {
    ...(search.trim() ? { search: search.trim() } : {}),
    ...(knownStatus ? { status: knownStatus } : {}),
    ...(knownAccess ? { access: knownAccess } : {}),
    ...(plan ? { plan } : {}),
    ...(consumer ? { consumer } : {}),
  };
}

/** Whether some keys are left out. */
export const isNarrowed = (filter: KeyFilter): boolean => Object.keys(keyQuery(filter)).length > 0;
