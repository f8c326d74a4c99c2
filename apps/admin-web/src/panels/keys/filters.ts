import type { ListKeysData } from '@api-factory/sdk-ts';

type KeyQuery = NonNullable<ListKeysData['query']>;

/** What the page shows when its address says nothing: every key. */
export const NO_FILTERS = { search: '', status: '', access: '', plan: '', consumer: '' } as const;

/** Which keys are shown, as the address says it. */
export type KeyFilters = Record<keyof typeof NO_FILTERS, string>;

export const STATUSES = ['enabled', 'suspended', 'revoked', 'expired'] as const;
export const ACCESSES = ['active', 'grace', 'suspended', 'revoked'] as const;

/** What the API is asked for. A status or access that there is not, as in a mistyped address, filters nothing. */
export function keyQuery({ search, status, access, plan, consumer }: KeyFilters): KeyQuery {
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
export const isNarrowed = (filters: KeyFilters): boolean => Object.keys(keyQuery(filters)).length > 0;

const oneOf = <const T extends string>(words: readonly T[], word: string): T | undefined => words.find((known) => known === word);
