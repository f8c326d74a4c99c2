import { bodyField } from '../../lib/describe-error.ts';
import { expiryError } from './expiry.ts';
import type { KeyPatch } from './mutations.ts';
import type { Key, NewKey } from './queries.ts';

/** The values of the form. */
export interface KeyDraft {
  name: string;
  plan: string;
  /** Empty: none. */
  consumerId: string;
  /** RFC 3339; null: never, empty: not entered yet. */
  expiresAt: string | null;
}

export type DraftErrors = Partial<Record<keyof KeyDraft, string>>;

/** The form field of a validation error’s pointer. */
export const fieldOf = bodyField(['name', 'plan', 'consumerId', 'expiresAt']);

type Editable = Pick<KeyDraft, 'name' | 'plan' | 'expiresAt'>;

/** The errors that the API would return, found before a request is sent. */
export function draftErrors({ name, plan, expiresAt }: Editable, now: Date): DraftErrors {
  const expiry = expiryError(expiresAt, now);
  return {
    ...(name.trim() === '' ? { name: 'Enter a name' } : {}),
    ...(plan === '' ? { plan: 'Choose a plan' } : {}),
    ...(expiry === null ? {} : { expiresAt: expiry }),
  };
}

/** The body of `POST /api/admin/keys`; empty fields are omitted. */
export const newKeyOf = ({ name, plan, consumerId, expiresAt }: KeyDraft): NewKey => ({
  name: name.trim(),
  plan,
  ...(consumerId ? { consumerId } : {}),
  ...(expiresAt ? { expiresAt } : {}),
});

/** The changed fields only; null when nothing changed. */
export function patchOf(key: Pick<Key, keyof Editable>, draft: Editable): KeyPatch | null {
  const name = draft.name.trim();
  const patch: KeyPatch = {
    ...(name === key.name ? {} : { name }),
    ...(draft.expiresAt === key.expiresAt ? {} : { expiresAt: draft.expiresAt }),
    ...(draft.plan === key.plan ? {} : { plan: draft.plan }),
  };
  return Object.keys(patch).length === 0 ? null : patch;
}
