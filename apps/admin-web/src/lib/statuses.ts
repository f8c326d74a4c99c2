import type { ListKeysData } from '@api-factory/sdk-ts';

type KeyQuery = Required<NonNullable<ListKeysData['query']>>;

/** Effective statuses of a key. */
export const KEY_STATUSES = ['enabled', 'suspended', 'revoked', 'expired'] as const satisfies readonly KeyQuery['status'][];

/** Access that a subscription can grant a key. */
export const KEY_ACCESSES = ['active', 'grace', 'suspended', 'revoked'] as const satisfies readonly KeyQuery['access'][];

/** Access of a subscription; `none` when it grants nothing. */
export const ACCESSES = [...KEY_ACCESSES, 'none'] as const;
