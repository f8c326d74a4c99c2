import type { Key } from './queries.ts';

/** Why an action on a key is disabled; null when it is available. */
export interface DisabledReasons {
  rotate: string | null;
  suspend: string | null;
  resume: string | null;
  edit: string | null;
  revoke: string | null;
}

type KeyState = Pick<Key, 'status' | 'suspendedBy' | 'access'>;

/**
 * @param rotated whether the key was already rotated: a second rotation would create a second
 * successor
 */
export function disabledReasons(key: KeyState, rotated: boolean): DisabledReasons {
  const revoked = revokedReason(key);
  if (revoked !== null) return { rotate: revoked, suspend: revoked, resume: revoked, edit: revoked, revoke: revoked };
  const expired = key.status === 'expired' ? 'This key has expired. Set a later expiry first.' : null;
  return {
    rotate: expired ?? (rotated ? 'This key was already rotated. Rotate its replacement instead.' : null),
    suspend: expired,
    resume: expired ?? (key.suspendedBy === 'billing' ? 'Suspended by billing. It resumes when the payment or dispute is settled.' : null),
    edit: null,
    revoke: null,
  };
}

function revokedReason({ status, access }: KeyState): string | null {
  if (status !== 'revoked') return null;
  return access === 'revoked' ? 'Its subscription has ended, so it stays revoked.' : 'A revoked key can’t be changed. Create a new key.';
}

/** Why a key’s plan can’t be changed here; null when it can. */
export const planDisabledReason = ({ subscriptionId }: Pick<Key, 'subscriptionId'>): string | null =>
  subscriptionId === null ? null : 'The plan follows the subscription: the customer changes it in the billing portal';

/** The toast after resuming a key: billing may still suspend it. */
export const resumedText = ({ status }: Pick<Key, 'status'>): string =>
  status === 'enabled' ? 'Key resumed' : 'Key resumed, but still suspended by billing';
