import { useState } from 'react';
import { pastedKeyError, withoutWhitespace } from '../../lib/pasted-keys.ts';

/** A key with its plaintext, kept only in memory: leaving the page forgets it. */
export interface KeyringKey {
  id: number;
  /** The key’s name, or its mask until the name is loaded. */
  name: string;
  secret: string;
  /** RFC 3339; set for a temporary key. */
  expiresAt: string | null;
}

export interface Keyring {
  keys: readonly KeyringKey[];
  current: KeyringKey | null;
  /** Adds a key and selects it. A key that was added before is only selected. */
  add: (key: Omit<KeyringKey, 'id'>) => void;
  select: (id: number) => void;
  rename: (id: number, name: string) => void;
  remove: (id: number) => void;
}

interface KeyringState {
  keys: readonly KeyringKey[];
  currentId: number | null;
}

/** The keys that this page can call with. Leaving the page forgets them. */
export function useKeyring(): Keyring {
  const [{ keys, currentId }, setState] = useState<KeyringState>({ keys: [], currentId: null });
  return {
    keys,
    current: keys.find(({ id }) => id === currentId) ?? null,
    add: (key) => setState((state) => withKey(state, key)),
    select: (id) => setState((state) => ({ ...state, currentId: id })),
    rename: (id, name) => setState((state) => ({ ...state, keys: state.keys.map((key) => (key.id === id ? { ...key, name } : key)) })),
    remove: (id) => setState((state) => withoutKey(state, id)),
  };
}

/**
 * Never reused, not even on the next visit to the page: cached data of one key must not be shown
 * for another.
 */
let lastId = 0;

function withKey(state: KeyringState, key: Omit<KeyringKey, 'id'>): KeyringState {
  const known = state.keys.find(({ secret }) => secret === key.secret);
  if (known) return { ...state, currentId: known.id };
  lastId += 1;
  return { keys: [...state.keys, { ...key, id: lastId }], currentId: lastId };
}

function withoutKey({ keys, currentId }: KeyringState, id: number): KeyringState {
  const rest = keys.filter((key) => key.id !== id);
  return { keys: rest, currentId: currentId === id ? (rest.at(-1)?.id ?? null) : currentId };
}

/** Shows enough of a key to recognize it, and too little to use it. */
export const maskKey = (secret: string): string => (secret.length < 24 ? '…' : `${secret.slice(0, 12)}…${secret.slice(-4)}`);

/**
 * What is wrong with a pasted key; null when it can be tried. A key that the server would refuse is
 * allowed: the user may want to see the response.
 * @param selected the listed key that it should be
 */
export function pasteError(text: string, selected: { prefix: string; last4: string } | null): string | null {
  const key = withoutWhitespace(text);
  const isOther = selected !== null && !(key.startsWith(selected.prefix) && key.endsWith(selected.last4));
  return (
    pastedKeyError(text) ??
    (isOther ? `This is a different key. The selected key starts with ${selected.prefix} and ends with ${selected.last4}.` : null)
  );
}
