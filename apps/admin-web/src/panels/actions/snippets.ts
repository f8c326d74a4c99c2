export interface Call {
  origin: string;
  action: string;
  payload: Record<string, unknown>;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const INDENT = '  ';

/**
 * A command for a POSIX shell. It reads the key from the environment, because commands stay in the
 * shell’s history.
 */
export function curlCommand({ origin, action, payload }: Call): string {
  return [
    `curl -i ${shellQuoted(`${origin}/api/v1/actions`)}`,
    '-H "authorization: Bearer $API_KEY"',
    `-H ${shellQuoted('content-type: application/json')}`,
    // Not `-d`: that reads a file when the text starts with @.
    `--data-raw ${shellQuoted(JSON.stringify({ action, payload }))}`,
  ].join(` \\\n${INDENT}`);
}

export function sdkCode({ origin, action, payload }: Call): string {
  return `import { createApiFactory, runAction } from '@api-factory/sdk-ts';

const api = createApiFactory({ baseUrl: ${JSON.stringify(origin)}, key: process.env.API_KEY });
const { data } = await runAction({
  client: api,
  body: { action: ${JSON.stringify(action)}, payload: ${literal(payload, INDENT)} },
});
console.log(data.data);`;
}

/** Within single quotes, only the quote itself is special in a shell. */
const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A JSON value as a TypeScript expression. */
function literal(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent + INDENT;
  const [open, close, items] = Array.isArray(value)
    ? ['[', ']', value.map((item) => literal(item, inner))]
    : ['{', '}', Object.entries(value).map(([name, item]) => `${propertyName(name)}: ${literal(item, inner)}`)];
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
}

/** In an object literal, a plain `__proto__` sets the prototype instead of a property. */
function propertyName(name: string): string {
  if (name === '__proto__') return '["__proto__"]';
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}
