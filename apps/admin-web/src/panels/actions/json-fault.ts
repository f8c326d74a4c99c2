/** Where a text stops being JSON, and what should stand there. */
export interface JsonFault {
  message: string;
  /** From 1. */
  line: number;
  /** From 1, in characters as the editor counts them. */
  column: number;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /(?:true|false|null)\b/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * Says where and why a text is not JSON (RFC 8259); null when it is. Browsers word this each in their own way, and some don’t name the place.
 */
export function jsonFault(text: string): JsonFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    return located(text);
  }
}

/** In words for a button or a field. */
export const faultText = ({ message, line, column }: JsonFault): string => `${message} (line ${line}, column ${column})`;

class Unexpected {
  readonly at: number;
  readonly message: string;
  constructor(at: number, message: string) {
    this.at = at;
    this.message = message;
  }
}

function located(text: string): JsonFault {
  try {
    const end = skip(SPACE, text, readValue(text, skip(SPACE, text, 0)));
    return faultAt(text, end, 'Nothing may follow the value');
  } catch (thrown) {
    // Nested so deep that the reader gave up.
    if (!(thrown instanceof Unexpected)) return faultAt(text, 0, 'This is not JSON');
    return faultAt(text, thrown.at, thrown.message);
  }
}

function faultAt(text: string, at: number, message: string): JsonFault {
  const before = text.slice(0, at).split('\n');
  return { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Reads one value from `at` on. @returns where it ends @throws Unexpected */
function readValue(text: string, at: number): number {
  const first = text[at];
  if (first === '{') return readMembers(text, at, '}');
  if (first === '[') return readMembers(text, at, ']');
  if (first === '"') return readString(text, at);
  const end = Math.max(skip(NUMBER, text, at), skip(WORD, text, at));
  if (end === at) throw new Unexpected(at, first === "'" ? 'Text stands in double quotes' : 'A value is missing here');
  return end;
}

function readMembers(text: string, open: number, close: '}' | ']'): number {
  let at = skip(SPACE, text, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skip(SPACE, text, readValue(text, close === '}' ? readName(text, at) : at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Unexpected(at, `A comma or ${close} is missing here`);
    const comma = at;
    at = skip(SPACE, text, at + 1);
    if (text[at] === close) throw new Unexpected(comma, `No comma may stand before ${close}`);
  }
}

function readName(text: string, at: number): number {
  if (text[at] !== '"') throw new Unexpected(at, 'A name in double quotes is missing here');
  const colon = skip(SPACE, text, readString(text, at));
  if (text[colon] !== ':') throw new Unexpected(colon, 'A colon is missing here');
  return skip(SPACE, text, colon + 1);
}

function readString(text: string, open: number): number {
  let at = open + 1;
  while (text[at] !== '"') {
    if (at >= text.length) throw new Unexpected(open, 'This text has no closing quote');
    if (text.charCodeAt(at) < 0x20) throw new Unexpected(at, 'A line break or tab in a text is written \\n or \\t');
    const next = text[at] === '\\' ? skip(ESCAPE, text, at) : at + 1;
    if (next === at) throw new Unexpected(at, 'A backslash is written \\\\');
    at = next;
  }
  return at + 1;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
