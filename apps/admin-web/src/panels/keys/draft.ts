import { bodyField } from '../../lib/describe-error.ts';
import type { KeyPatch } from './changes.ts';
import { faultOfExpiry } from './expiry.ts';
import type { Key, NewKey } from './queries.ts';

/** A key as it is being typed in. */
export interface Draft {
  name: string;
  plan: string;
  /** Empty: nobody’s. */
  consumerId: string;
  /** RFC 3339; null: never, empty: still to be typed in. */
  expiresAt: string | null;
}

/** What is wrong, by field. */
export type Findings = Partial<Record<keyof Draft, string>>;

/** The field that a finding of the API is about. */
export const fieldOf = bodyField(['name', 'plan', 'consumerId', 'expiresAt']);

/** Checks what the API would refuse anyway, so that it is said at once. */
export function findingsOf({ name, plan, expiresAt }: Pick<Draft, 'name' | 'plan' | 'expiresAt'>, now: Date): Findings {
  const expiry = faultOfExpiry(expiresAt, now);
  return {
    ...(name.trim() === '' ? { name: 'Give it a name' } : {}),
    ...(plan === '' ? { plan: 'Choose a plan' } : {}),
    ...(expiry === null ? {} : { expiresAt: expiry }),
  };
}

/** What the API is asked for. */
export const newKeyOf = ({ name, plan, consumerId, expiresAt }: Draft): NewKey => ({
  name: name.trim(),
  plan,
  ...(consumerId ? { consumerId } : {}),
  ...(expiresAt ? { expiresAt } : {}),
});

/** What an edit changes of a key; null: nothing. */
export function patchOf(key: Pick<Key, 'name' | 'plan' | 'expiresAt'>, draft: Pick<Draft, 'name' | 'plan' | 'expiresAt'>): KeyPatch | null {
  const name = draft.name.trim();
  const patch: KeyPatch = {
    ...(name === key.name ? {} : { name }),
    ...(draft.expiresAt === key.expiresAt ? {} : { expiresAt: draft.expiresAt }),
    ...(draft.plan === key.plan ? {} : { plan: draft.plan }),
  };
  return Object.keys(patch).length === 0 ? null : patch;
}
