import type { KeyMode } from './key.ts';

/** Where subscriptions come from. Rows and keys of one mode are ignored in every other. */
export type BillingMode = 'sandbox' | 'test' | 'live';

/** What a subscription grants to its keys. */
export const ACCESSES = ['active', 'grace', 'suspended', 'revoked'] as const;

/**
 * What a subscription grants to its keys; `none` until it has granted anything. Derived from
 * Stripe, never set by hand.
 */
export type Access = (typeof ACCESSES)[number] | 'none';

/** The status of a key: as the guard evaluates it, and as the operator sets it. */
export type KeyStatus = 'enabled' | 'suspended' | 'revoked';

/** The status of a key as displayed; `expired` is derived from its expiry. */
export const KEY_STATUSES = ['enabled', 'suspended', 'revoked', 'expired'] as const;
export type ShownKeyStatus = (typeof KEY_STATUSES)[number];

/**
 * The more restrictive of the status that the operator set and the access of the entitlement. A key
 * in a grace period works.
 * @param access null for an entitlement that the operator created
 */
export function effectiveStatus(operatorStatus: KeyStatus, access: Access | null): KeyStatus {
  if (operatorStatus === 'revoked' || access === 'revoked') return 'revoked';
  return operatorStatus === 'suspended' || access === 'suspended' ? 'suspended' : 'enabled';
}

/**
 * Whether a key is valid in this installation: its key mode and the billing mode of its
 * subscription must match.
 * @param key `billingMode` is null for a key of an entitlement that the operator created
 * @param here `billing` is null while billing is off
 */
export const isOfMode = (
  key: { mode: KeyMode; billingMode: BillingMode | null },
  here: { keyMode: KeyMode; billing: { mode: BillingMode | null } | null },
): boolean => key.mode === here.keyMode && (key.billingMode === null || key.billingMode === here.billing?.mode);
