import { capitalized } from '../../lib/format.ts';
import { type Field, formatBound, isObject, type JsonSchema, labelOf, type PayloadForm } from './schema-fields.ts';

/** Something that is wrong with the payload. */
export interface Finding {
  /** An RFC 6901 pointer into the payload. */
  pointer: string;
  detail: string;
}

/** What the browser can see is wrong before the call is made; the server has the last word. */
export function findingsOf({ fields, open }: PayloadForm, payload: Record<string, unknown>): Finding[] {
  const known = new Set(fields.map(({ name }) => name));
  const strange = open ? [] : Object.keys(payload).filter((name) => !known.has(name));
  const wrong = fields.flatMap((field) => {
    const detail = faultOf(field, Object.hasOwn(payload, field.name) ? payload[field.name] : undefined);
    return detail === null ? [] : [{ pointer: pointerTo(field.name), detail }];
  });
  return [...wrong, ...strange.map((name) => ({ pointer: pointerTo(name), detail: 'Is not a known field' }))];
}

/**
 * A server’s findings, which point into the whole body, as findings about the payload. What is not
 * about the payload keeps its pointer. The server writes pointers as URI fragments (RFC 6901,
 * section 6): percent-encoded.
 */
export const payloadFindings = (errors: readonly Finding[]): Finding[] =>
  errors.map(({ pointer, detail }) => ({
    pointer: decodeURIComponent(pointer.replace(/^#?(?:\/payload(?=\/|$))?/, '')),
    detail: capitalized(detail),
  }));

/** Both sides’ findings; of one place that both name, ours. */
export const together = (ours: readonly Finding[], theirs: readonly Finding[]): Finding[] => [
  ...ours,
  ...theirs.filter(({ pointer }) => !ours.some((one) => one.pointer === pointer)),
];

/** What is found of one property, or of something within it; null when nothing is. */
export function findingOf(findings: readonly Finding[], name: string): string | null {
  const own = pointerTo(name);
  const found = findings.find(({ pointer }) => pointer === own || pointer.startsWith(`${own}/`));
  if (found === undefined) return null;
  return found.pointer === own ? found.detail : `${found.pointer.slice(own.length)}: ${found.detail}`;
}

/** RFC 6901, section 3. */
export const pointerTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function faultOf({ kind, required, choices, schema }: Field, value: unknown): string | null {
  if (value === undefined) return required ? 'Is required' : null;
  if (kind === 'choice') return choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value)) ? null : notOneOf(choices);
  if (kind === 'line' || kind === 'text')
    return required && value === '' && schema.minLength !== 0 ? 'Is required' : textFault(schema, value);
  if (kind === 'integer' || kind === 'number') return numberFault(schema, value, kind === 'integer');
  if (kind === 'boolean') return typeof value === 'boolean' ? null : 'Must be true or false';
  return shapeFault(schema, value);
}

const notOneOf = (choices: readonly unknown[]): string => `Must be one of ${choices.map(labelOf).join(', ')}`;

function textFault({ minLength, maxLength, pattern }: JsonSchema, value: unknown): string | null {
  if (typeof value !== 'string') return 'Must be text';
  // Schemas count code points (RFC 8259 strings), not UTF-16 units.
  const length = value.length > 0 ? [...value].length : 0;
  if (typeof minLength === 'number' && length < minLength)
    return length === 0 ? 'Is required' : `Must have at least ${formatBound(minLength)} characters`;
  if (typeof maxLength === 'number' && length > maxLength)
    return `Must have at most ${formatBound(maxLength)} characters; it has ${formatBound(length)}`;
  return typeof pattern === 'string' && !matches(pattern, value) ? `Must match ${pattern}` : null;
}

/** A pattern that this browser can’t read is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function numberFault({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema, value: unknown, whole: boolean): string | null {
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) return whole ? 'Must be a whole number' : 'Must be a number';
  if (typeof minimum === 'number' && value < minimum) return `Must be at least ${formatBound(minimum)}`;
  if (typeof maximum === 'number' && value > maximum) return `Must be at most ${formatBound(maximum)}`;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return `Must be more than ${formatBound(exclusiveMinimum)}`;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) return `Must be less than ${formatBound(exclusiveMaximum)}`;
  return null;
}

function shapeFault({ type }: JsonSchema, value: unknown): string | null {
  if (type === 'object' && !isObject(value)) return 'Must be a JSON object';
  return type === 'array' && !Array.isArray(value) ? 'Must be a JSON array' : null;
}
