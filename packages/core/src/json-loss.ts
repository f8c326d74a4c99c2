import { pointerTo } from './pointer.ts';
import type { FieldError } from './problem.ts';

/** A JSON number (RFC 8259, section 6): whole part, fraction, exponent. */
const NUMBER = /-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/y;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
/**
 * A number of up to 15 significant digits is always kept (DBL_DIG in C); with a dot, that is 16
 * characters.
 */
const RISKY_LENGTH = 16;

const LOST_NUMBER = 'must be a number that a 64-bit float can represent; send longer numbers as strings';
const LOST_TEXT = 'must be valid Unicode, without lone surrogates';
const LOST_NAME = 'must not have a field whose name contains a lone surrogate';

/**
 * Finds the first value of a JSON text that parsing would change: a string with a lone surrogate,
 * which UTF-8 can't encode, or a number that a 64-bit float can't represent, such as `1e400` or one
 * of 20 digits.
 *
 * Only the value of a number matters: `1.0` equals `1`, and `-0` equals `0`. Of duplicate names the
 * last one wins, as in `JSON.parse`.
 * @param text valid JSON
 */
export function findLoss(text: string): FieldError | null {
  if (!SURROGATE_ESCAPE.test(text) && !hasRiskyNumber(text)) return null;
  const path: Level[] = [];
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at);
    const found = readToken(path, text.slice(at, end));
    if (found !== null) return found;
    at = end;
  }
  return null;
}

/** An object or array that is open at the current position. */
interface Level {
  isArray: boolean;
  /** Index of the current element of an array. */
  index: number;
  /** Name of the current field of an object, in its JSON encoding. */
  name: string;
  awaitsName: boolean;
}

/** Advances by one token. @returns the loss in it, or null */
function readToken(path: Level[], token: string): FieldError | null {
  const level = path.at(-1);
  switch (token[0]) {
    case '{':
    case '[':
      path.push({ isArray: token === '[', index: 0, name: '""', awaitsName: token === '{' });
      return null;
    case '}':
    case ']':
      path.pop();
      return null;
    case ',':
      if (level?.isArray) level.index += 1;
      else if (level) level.awaitsName = true;
      return null;
    case '"':
      if (!level?.awaitsName) return isLossy(token) ? { pointer: pointerOf(path), detail: LOST_TEXT } : null;
      level.name = token;
      level.awaitsName = false;
      return isLossy(token) ? { pointer: pointerOf(path.slice(0, -1)), detail: LOST_NAME } : null;
    default:
      return /^[-\d]/.test(token) && !isKept(token) ? { pointer: pointerOf(path), detail: LOST_NUMBER } : null;
  }
}

const pointerOf = (path: Level[]): string =>
  pointerTo(path.map(({ isArray, index, name }) => (isArray ? index : (JSON.parse(name) as string))));

const isLossy = (token: string): boolean => SURROGATE_ESCAPE.test(token) && LONE_SURROGATE.test(JSON.parse(token));

/** The end of the token at `at`: a string, a number, or else one character. */
function endOfToken(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at);
  NUMBER.lastIndex = at;
  return at + (NUMBER.exec(text)?.[0].length ?? 1);
}

/** Jumps from quote to quote: long strings are not read character by character. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text[before] === '\\') before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return text.length;
}

/**
 * Whether a text may contain a number that is not kept. False positives are possible. Reads each
 * character once.
 */
function hasRiskyNumber(text: string): boolean {
  for (let at = 0, run = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code >= 0x30 && code <= 0x39) || code === 0x2e) {
      run += 1;
      if (run === RISKY_LENGTH) return true;
    } else {
      // An exponent: e or E.
      if (run > 0 && (code | 0x20) === 0x65) return true;
      run = 0;
    }
  }
  return false;
}

/** Whether the 64-bit float nearest to a number prints as the same value. */
function isKept(token: string): boolean {
  const value = Number(token);
  return Number.isFinite(value) && decimalOf(token) === decimalOf(String(value));
}

/**
 * A canonical form of the value: its significant digits and its exponent. The sign is left out:
 * only that of -0 can be lost.
 */
function decimalOf(token: string): string {
  NUMBER.lastIndex = 0;
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(token) ?? [];
  const digits = whole + fraction;
  let [first, end] = [0, digits.length];
  while (digits[first] === '0') first += 1;
  while (end > first && digits[end - 1] === '0') end -= 1;
  return first === end ? '0' : `${digits.slice(first, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
