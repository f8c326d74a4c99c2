/** A call as somebody would make it elsewhere. */
export interface Call {
  origin: string;
  action: string;
  payload: Record<string, unknown>;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const INDENT = '  ';

/** The call as a command for a POSIX shell. The key is a variable of the environment: a command stays in the shell’s history. */
export function curlOf({ origin, action, payload }: Call): string {
  return [
    `curl -i ${shellText(`${origin}/api/v1/actions`)}`,
    '-H "authorization: Bearer $API_KEY"',
    `-H ${shellText('content-type: application/json')}`,
    // Not `-d`: that would read a file for a text that begins with @.
    `--data-raw ${shellText(JSON.stringify({ action, payload }))}`,
  ].join(` \\\n${INDENT}`);
}

/** The call as TypeScript with the SDK. */
export function sdkCodeOf({ origin, action, payload }: Call): string {
  return `import { createApiFactory, runAction } from '@api-factory/sdk-ts';

const api = createApiFactory({ baseUrl: ${JSON.stringify(origin)}, key: process.env.API_KEY });
const { data } = await runAction({
  client: api,
  body: { action: ${JSON.stringify(action)}, payload: ${literal(payload, INDENT)} },
});
console.log(data.data);`;
}

/** In single quotes nothing is special to the shell but the quote itself. */
const shellText = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A value of JSON as an expression. */
function literal(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent + INDENT;
  const [open, close, items] = Array.isArray(value)
    ? ['[', ']', value.map((item) => literal(item, inner))]
    : ['{', '}', Object.entries(value).map(([name, of]) => `${nameOf(name)}: ${literal(of, inner)}`)];
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
}

/** In a literal, a plain `__proto__` would set the prototype instead of a property. */
function nameOf(name: string): string {
  if (name === '__proto__') return '["__proto__"]';
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}
