import { capitalized } from '../../lib/format.ts';
import { type Field, formatBound, isObject, type JsonSchema, type PayloadForm, valueLabel } from './schema-fields.ts';

/** A validation error of the payload. */
export interface PayloadError {
  /** An RFC 6901 pointer into the payload. */
  pointer: string;
  detail: string;
}

/** Validates what the browser can check; the server validates everything. */
export function validate({ fields, allowsUnknown }: PayloadForm, payload: Record<string, unknown>): PayloadError[] {
  const known = new Set(fields.map(({ name }) => name));
  const unknown = allowsUnknown ? [] : Object.keys(payload).filter((name) => !known.has(name));
  const invalid = fields.flatMap((field) => {
    const detail = fieldError(field, Object.hasOwn(payload, field.name) ? payload[field.name] : undefined);
    return detail === null ? [] : [{ pointer: pointerTo(field.name), detail }];
  });
  return [...invalid, ...unknown.map((name) => ({ pointer: pointerTo(name), detail: 'Is not a known field' }))];
}

/**
 * Converts a server’s errors, whose pointers are relative to the body, to errors of the payload. An
 * error outside the payload keeps its pointer. The server’s pointers are percent-encoded URI
 * fragments (RFC 6901, section 6).
 */
export const serverErrors = (errors: readonly PayloadError[]): PayloadError[] =>
  errors.map(({ pointer, detail }) => ({
    pointer: decodeURIComponent(pointer.replace(/^#?(?:\/payload(?=\/|$))?/, '')),
    detail: capitalized(detail),
  }));

/** The browser’s error takes precedence over the server’s for the same pointer. */
export const mergeErrors = (browser: readonly PayloadError[], server: readonly PayloadError[]): PayloadError[] => [
  ...browser,
  ...server.filter(({ pointer }) => !browser.some((one) => one.pointer === pointer)),
];

/** The error of a property or of something within it; null when there is none. */
export function errorOf(errors: readonly PayloadError[], name: string): string | null {
  const pointer = pointerTo(name);
  const found = errors.find((error) => isAtOrBelow(error, name));
  if (found === undefined) return null;
  return found.pointer === pointer ? found.detail : `${found.pointer.slice(pointer.length)}: ${found.detail}`;
}

/** Whether an error is about a property or something within it. */
export const isAtOrBelow = ({ pointer }: PayloadError, name: string): boolean =>
  pointer === pointerTo(name) || pointer.startsWith(`${pointerTo(name)}/`);

/** RFC 6901, section 3. */
export const pointerTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function fieldError({ kind, required, choices, schema }: Field, value: unknown): string | null {
  if (value === undefined) return required ? 'Is required' : null;
  if (kind === 'choice') return choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value)) ? null : notOneOf(choices);
  if (kind === 'line' || kind === 'text')
    return required && value === '' && schema.minLength !== 0 ? 'Is required' : stringError(schema, value);
  if (kind === 'integer' || kind === 'number') return numberError(schema, value, kind === 'integer');
  if (kind === 'boolean') return typeof value === 'boolean' ? null : 'Must be true or false';
  return typeError(schema, value);
}

const notOneOf = (choices: readonly unknown[]): string => `Must be one of ${choices.map(valueLabel).join(', ')}`;

function stringError({ minLength, maxLength, pattern }: JsonSchema, value: unknown): string | null {
  if (typeof value !== 'string') return 'Must be a string';
  // JSON Schema counts code points, not UTF-16 units.
  const length = value.length > 0 ? [...value].length : 0;
  if (typeof minLength === 'number' && length < minLength)
    return length === 0 ? 'Is required' : `Must have at least ${formatBound(minLength)} characters`;
  if (typeof maxLength === 'number' && length > maxLength)
    return `Must have at most ${formatBound(maxLength)} characters, has ${formatBound(length)}`;
  return typeof pattern === 'string' && !matches(pattern, value) ? `Must match ${pattern}` : null;
}

/** A pattern that the browser does not support is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function numberError({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema, value: unknown, whole: boolean): string | null {
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) return whole ? 'Must be a whole number' : 'Must be a number';
  if (typeof minimum === 'number' && value < minimum) return `Must be at least ${formatBound(minimum)}`;
  if (typeof maximum === 'number' && value > maximum) return `Must be at most ${formatBound(maximum)}`;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return `Must be more than ${formatBound(exclusiveMinimum)}`;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) return `Must be less than ${formatBound(exclusiveMaximum)}`;
  return null;
}

function typeError({ type }: JsonSchema, value: unknown): string | null {
  if (type === 'object' && !isObject(value)) return 'Must be a JSON object';
  return type === 'array' && !Array.isArray(value) ? 'Must be a JSON array' : null;
}
