export type ObjectType = 'key' | 'consumer';

/** A search result. */
export interface FoundObject {
  id: string;
  name: string;
  /** Distinguishes objects with the same name; null: none. */
  hint: string | null;
}

interface Selection {
  /** Id of the selected object; empty: none. */
  value: string;
  name: string | undefined;
  typed: string;
}

/** The options: the search results, the current selection, or just a pasted id. */
export function objectChoices(type: ObjectType, found: readonly FoundObject[], { value, name, typed }: Selection) {
  if (new RegExp(`^${type}_[\\w-]{4,90}$`).test(typed)) return [{ value: typed, label: typed }];
  const choices = new Map(found.map((one) => [one.id, one.id === value ? (name ?? one.name) : labelOf(one)]));
  if (value !== '' && !choices.has(value)) choices.set(value, name ?? value);
  return [...choices].map(([id, label]) => ({ value: id, label }));
}

const labelOf = ({ name, hint }: FoundObject): string => (hint === null ? name : `${name} · ${hint}`);
