import type { Key } from './queries.ts';

/** Why something can’t be done with a key; null: it can. */
export interface Offs {
  rotate: string | null;
  suspend: string | null;
  resume: string | null;
  edit: string | null;
  revoke: string | null;
}

type Standing = Pick<Key, 'status' | 'suspendedBy' | 'access'>;

/** What can be done with a key. @param rotated another key has taken its place */
export function offsOf(key: Standing, rotated: boolean): Offs {
  const ended = endedText(key);
  if (ended !== null) return { rotate: ended, suspend: ended, resume: ended, edit: ended, revoke: ended };
  const expired = key.status === 'expired' ? 'Expired: give it a later expiry first' : null;
  return {
    rotate: expired ?? (rotated ? 'Rotated already: rotate the key that took its place' : null),
    suspend: expired,
    resume:
      expired ?? (key.suspendedBy === 'billing' ? 'Suspended by billing: it resumes when the open payment or dispute is settled' : null),
    edit: null,
    revoke: null,
  };
}

function endedText({ status, access }: Standing): string | null {
  if (status !== 'revoked') return null;
  return access === 'revoked' ? 'Its subscription has ended: it stays revoked' : 'Revoked for good: create another key';
}

/** Why a key’s plan can’t be changed here; null: it can. */
export const planOff = ({ subscriptionId }: Pick<Key, 'subscriptionId'>): string | null =>
  subscriptionId === null ? null : 'It follows the subscription: its owner changes the plan where it pays';

/** What to say when a key was resumed: billing may still hold it. */
export const resumedText = ({ status }: Pick<Key, 'status'>): string =>
  status === 'enabled' ? 'The key is resumed' : 'Resumed, but billing still suspends the key';
