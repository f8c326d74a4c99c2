/** A metric selected by a query, with its label matchers. */
export interface Selected {
  name: string;
  matchers: { label: string; op: string; value: string }[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
// An e after a digit is part of a number.
const SELECTOR = /(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?=\s*(?:\[|[^\w\s({"[]|$|\s))/g;
const MATCHER = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'sum',
  'min',
  'max',
  'avg',
  'count',
  'inf',
  'nan',
]);

/** Labels that a query groups by or joins on. */
export const groupedIn = (query: string): string[] =>
  [...query.matchAll(GROUPING)].flatMap(([, list]) => (list as string).split(',').map((label) => label.trim())).filter(Boolean);

/**
 * The metrics that a query selects. Handles only the queries of this repository: no space between a
 * function and its parenthesis, no metric in `__name__`.
 */
export function selectedIn(query: string): Selected[] {
  // Ranges contain no metrics, but a dashboard's variables in them look like metrics.
  const bare = query.replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(SELECTOR)]
    .filter(([, name]) => !KEYWORDS.has(name as string))
    .map(([, name, braces]) => ({
      name: name as string,
      matchers: [...(braces ?? '').matchAll(MATCHER)].map(([, label, op, value]) => ({
        label: label as string,
        op: op as string,
        value: value as string,
      })),
    }));
}

/** The samples of a metrics page: each metric's label sets. */
export function samplesOn(page: string): Map<string, Record<string, string>[]> {
  const samples = new Map<string, Record<string, string>[]>();
  for (const line of page.split('\n')) {
    const [, name, braces] = /^([a-zA-Z_:][\w:]*)(\{.*\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const labels = Object.fromEntries([...(braces ?? '').matchAll(MATCHER)].map(([, label, , value]) => [label, value]));
    samples.set(name, [...(samples.get(name) ?? []), labels]);
  }
  return samples;
}
