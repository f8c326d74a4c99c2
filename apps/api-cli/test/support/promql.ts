/** A metric that a query names, with what it wants of its labels. */
export interface Selected {
  name: string;
  matchers: { label: string; op: string; value: string }[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
// Behind a digit an e belongs to a number.
const SELECTOR = /(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?=\s*(?:\[|[^\w\s({"[]|$|\s))/g;
const MATCHER = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const WORDS = new Set([
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
 * What a query selects. Good for the queries of this repository: functions without space before
 * their parenthesis, no metric in `__name__`.
 */
export function selectedIn(query: string): Selected[] {
  // Ranges hold no names; a dashboard's variables in them look like some.
  const bare = query.replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(SELECTOR)]
    .filter(([, name]) => !WORDS.has(name as string))
    .map(([, name, braces]) => ({
      name: name as string,
      matchers: [...(braces ?? '').matchAll(MATCHER)].map(([, label, op, value]) => ({
        label: label as string,
        op: op as string,
        value: value as string,
      })),
    }));
}

/** The samples of an exposition's text: each metric's label sets. */
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
