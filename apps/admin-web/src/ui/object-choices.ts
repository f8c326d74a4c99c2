/** What can be chosen and looked for by name. */
export type ObjectType = 'key' | 'consumer';

/** A key or consumer that a search found. */
export interface FoundObject {
  id: string;
  name: string;
  /** What tells it from others of its name; null: nothing is known. */
  mark: string | null;
}

interface Chosen {
  /** Id of what is chosen, and its name where that is known. */
  value: string;
  name: string | undefined;
  /** What is being typed. */
  typed: string;
}

/** What can be chosen: what was found, an id that was pasted, and what is chosen already. */
export function objectChoices(type: ObjectType, found: readonly FoundObject[], { value, name, typed }: Chosen) {
  if (new RegExp(`^${type}_[\\w-]{4,90}$`).test(typed)) return [{ value: typed, label: typed }];
  const choices = new Map(found.map((one) => [one.id, one.id === value ? (name ?? one.name) : labelOf(one)]));
  if (value !== '' && !choices.has(value)) choices.set(value, name ?? value);
  return [...choices].map(([id, label]) => ({ value: id, label }));
}

const labelOf = ({ name, mark }: FoundObject): string => (mark === null ? name : `${name} · ${mark}`);
