import type { Key } from './queries.ts';

/** An id as the API gives it out. */
const KEY_ID = /^key_[\w-]{4,90}$/;

interface Chosen {
  /** Id of the chosen key, and its name where it is known. */
  value: string;
  name: string | undefined;
  /** What is being typed. */
  typed: string;
}

/** What can be chosen: the keys that were found, an id that was pasted, and what is chosen already. */
export function keyChoices(
  found: Pick<Key, 'id' | 'name' | 'last4'>[],
  { value, name, typed }: Chosen,
): { value: string; label: string }[] {
  const choices = new Map(found.map((key) => [key.id, key.id === value ? (name ?? key.name) : `${key.name} · …${key.last4}`]));
  if (KEY_ID.test(typed)) return [{ value: typed, label: typed }];
  if (value !== '' && !choices.has(value)) choices.set(value, name ?? value);
  return [...choices].map(([id, label]) => ({ value: id, label }));
}
