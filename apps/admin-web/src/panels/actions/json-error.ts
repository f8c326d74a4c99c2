/** Where a text stops being JSON, and why. */
export interface JsonError {
  message: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units as the editor counts them. */
  column: number;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /(?:true|false|null)\b/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * The first syntax error of a text (RFC 8259); null when it is JSON. The messages of `JSON.parse`
 * differ between browsers, and some lack the position.
 */
export function jsonError(text: string): JsonError | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    return locate(text);
  }
}

export const jsonErrorText = ({ message, line, column }: JsonError): string => `${message} (line ${line}, column ${column})`;

class Unexpected {
  readonly at: number;
  readonly message: string;
  constructor(at: number, message: string) {
    this.at = at;
    this.message = message;
  }
}

function locate(text: string): JsonError {
  try {
    const end = skip(SPACE, text, readValue(text, skip(SPACE, text, 0)));
    return errorAt(text, end, 'Unexpected text after the value');
  } catch (thrown) {
    // A stack overflow: the text is nested too deeply.
    if (!(thrown instanceof Unexpected)) return errorAt(text, 0, 'Not valid JSON');
    return errorAt(text, thrown.at, thrown.message);
  }
}

function errorAt(text: string, at: number, message: string): JsonError {
  const before = text.slice(0, at).split('\n');
  return { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Reads the value at `at`. @returns the index after it @throws Unexpected */
function readValue(text: string, at: number): number {
  const first = text[at];
  if (first === '{') return readMembers(text, at, '}');
  if (first === '[') return readMembers(text, at, ']');
  if (first === '"') return readString(text, at);
  const end = Math.max(skip(NUMBER, text, at), skip(WORD, text, at));
  if (end === at) throw new Unexpected(at, first === "'" ? 'Strings must be in double quotes' : 'Expected a value');
  return end;
}

function readMembers(text: string, start: number, close: '}' | ']'): number {
  let at = skip(SPACE, text, start + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skip(SPACE, text, readValue(text, close === '}' ? readName(text, at) : at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Unexpected(at, `Expected a comma or ${close}`);
    const comma = at;
    at = skip(SPACE, text, at + 1);
    if (text[at] === close) throw new Unexpected(comma, `Trailing comma before ${close}`);
  }
}

function readName(text: string, at: number): number {
  if (text[at] !== '"') throw new Unexpected(at, 'Expected a property name in double quotes');
  const colon = skip(SPACE, text, readString(text, at));
  if (text[colon] !== ':') throw new Unexpected(colon, 'Expected a colon');
  return skip(SPACE, text, colon + 1);
}

function readString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') {
    if (at >= text.length) throw new Unexpected(start, 'Missing closing quote');
    if (text.charCodeAt(at) < 0x20) throw new Unexpected(at, 'Write line breaks and tabs in strings as \\n and \\t');
    const next = text[at] === '\\' ? skip(ESCAPE, text, at) : at + 1;
    if (next === at) throw new Unexpected(at, 'Invalid escape sequence: write a backslash as \\\\');
    at = next;
  }
  return at + 1;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
