import { useState } from 'react';
import { pastedKeyError, withoutWhitespace } from '../../lib/pasted-keys.ts';

/** A key that this page can call with. Its plaintext is in this component’s memory and nowhere else: leaving the page forgets it. */
export interface HeldKey {
  id: number;
  /** What it is called in the list of keys; until that is known, its ends. */
  name: string;
  secret: string;
  /** RFC 3339; set for a key that was made here for a while. */
  expiresAt: string | null;
}

/** The keys of this page’s session. */
export interface HeldKeys {
  keys: readonly HeldKey[];
  current: HeldKey | null;
  /** Takes a key and calls with it from now on. One that is held already is only chosen. */
  hold: (key: Omit<HeldKey, 'id'>) => void;
  choose: (id: number) => void;
  /** Says what a key is called. */
  rename: (id: number, name: string) => void;
  forget: (id: number) => void;
}

interface Held {
  keys: readonly HeldKey[];
  currentId: number | null;
}

/** Holds keys for as long as the page is open. */
export function useHeldKeys(): HeldKeys {
  const [{ keys, currentId }, setHeld] = useState<Held>({ keys: [], currentId: null });
  return {
    keys,
    current: keys.find(({ id }) => id === currentId) ?? null,
    hold: (key) => setHeld((held) => holding(held, key)),
    choose: (id) => setHeld((held) => ({ ...held, currentId: id })),
    rename: (id, name) => setHeld((held) => ({ ...held, keys: held.keys.map((key) => (key.id === id ? { ...key, name } : key)) })),
    forget: (id) => setHeld((held) => forgetting(held, id)),
  };
}

/** Numbers go on, also across visits of the page: what was read of one key must not be taken for another’s. */
let lastId = 0;

function holding(held: Held, key: Omit<HeldKey, 'id'>): Held {
  const known = held.keys.find(({ secret }) => secret === key.secret);
  if (known) return { ...held, currentId: known.id };
  lastId += 1;
  return { keys: [...held.keys, { ...key, id: lastId }], currentId: lastId };
}

function forgetting({ keys, currentId }: Held, id: number): Held {
  const left = keys.filter((key) => key.id !== id);
  return { keys: left, currentId: currentId === id ? (left.at(-1)?.id ?? null) : currentId };
}

/** How a key is shown: enough to tell it from others, too little to use it. */
export const maskKey = (secret: string): string => (secret.length < 24 ? '…' : `${secret.slice(0, 12)}…${secret.slice(-4)}`);

/**
 * What is wrong with a pasted key before it is tried; null: nothing. Keys that the server would refuse are let through: its answer is what
 * one may want to see.
 * @param chosen the listed key that it should be
 */
export function pasteFault(text: string, chosen: { prefix: string; last4: string } | null): string | null {
  const key = withoutWhitespace(text);
  const isOther = chosen !== null && !(key.startsWith(chosen.prefix) && key.endsWith(chosen.last4));
  return (
    pastedKeyError(text) ??
    (isOther ? `This is another key: the chosen one begins with ${chosen.prefix} and ends with ${chosen.last4}` : null)
  );
}
