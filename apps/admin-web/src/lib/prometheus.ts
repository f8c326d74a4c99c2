export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
const END = /\s*\}/y;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;

/**
 * Parses the Prometheus text format (0.0.4). Comments, timestamps and exemplars are ignored. So are
 * malformed lines: one bad line must not hide the others.
 */
export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const sample = parseLine(line.trim());
    if (sample !== null) samples.push(sample);
  }
  return samples;
}

function parseLine(line: string): Sample | null {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return null;
  const rest = line.slice(name.length).trimStart();
  const labelled = rest.startsWith('{') ? parseLabels(rest) : { labels: {}, rest };
  if (labelled === null) return null;
  const value = parseValue(labelled.rest.trimStart().split(/\s/, 1)[0] ?? '');
  return value === null ? null : { name, labels: labelled.labels, value };
}

/** @param text starts with the opening brace */
function parseLabels(text: string): { labels: Record<string, string>; rest: string } | null {
  const labels: [string, string][] = [];
  let at = 1;
  for (;;) {
    END.lastIndex = at;
    if (END.test(text)) return { labels: Object.fromEntries(labels), rest: text.slice(END.lastIndex) };
    LABEL.lastIndex = at;
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) return null;
    labels.push([name, unescaped(value)]);
    at = LABEL.lastIndex;
  }
}

const unescaped = (value: string): string => value.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));

function parseValue(text: string): number | null {
  if (NUMBER.test(text)) return Number(text);
  const [infinite, sign] = INFINITE.exec(text) ?? [];
  if (infinite !== undefined) return sign === '-' ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? Number.NaN : null;
}
