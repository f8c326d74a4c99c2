/** Stripe includes at most this many entries of a nested list; the rest is at the list's URL. */
const maxNested = 10;

/**
 * A copy of an object for a response or event: nested lists are truncated to ten entries, with
 * `has_more`.
 */
export function present(object: object): Record<string, unknown> {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const value of Object.values(copy)) if (isList(value)) cut(value);
  return copy;
}

export type ListValue = { object: 'list'; data: unknown[]; has_more: boolean; url: string };

/** Whether the value is a Stripe list. */
export function isList(value: unknown): value is ListValue {
  return typeof value === 'object' && value !== null && 'object' in value && value.object === 'list' && 'data' in value;
}

function cut(list: ListValue): void {
  if (list.data.length <= maxNested) return;
  list.data = list.data.slice(0, maxNested);
  list.has_more = true;
}
