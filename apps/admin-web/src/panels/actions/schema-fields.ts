import { capitalized, formatCount } from '../../lib/format.ts';

export type JsonSchema = Record<string, unknown>;

/** The kind of input for a property; `json` for everything without a dedicated input. */
export type FieldKind = 'line' | 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'json';

/** A form field for one property of the payload. */
export interface Field {
  name: string;
  kind: FieldKind;
  required: boolean;
  /** The description, bounds and default of the schema. */
  hint: string;
  /** The values of a `choice`. */
  choices: readonly unknown[];
  schema: JsonSchema;
}

export interface PayloadForm {
  fields: readonly Field[];
  /** Whether properties without a field are allowed. */
  allowsUnknown: boolean;
}

/** A string that can be longer than this gets a multi-line input. */
const LONGEST_LINE = 200;

/**
 * The form for a payload schema. Without properties it has no fields, and the payload is edited as
 * JSON.
 */
export function formOf(schema: JsonSchema): PayloadForm {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = properties.map(([name, property]) => fieldOf(name, isObject(property) ? property : {}, required.includes(name)));
  return { fields, allowsUnknown: schema.additionalProperties !== false };
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): Field {
  const choices = choicesOf(schema);
  const kind = choices.length > 0 ? 'choice' : kindOf(schema);
  return { name, kind, required, hint: hintOf(schema), choices, schema };
}

function kindOf(schema: JsonSchema): FieldKind {
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') return schema.type;
  if (schema.type !== 'string') return 'json';
  return typeof schema.maxLength === 'number' && schema.maxLength > LONGEST_LINE ? 'text' : 'line';
}

/** The values of an enumeration: `enum`, `const`, or a union of constants. */
function choicesOf(schema: JsonSchema): unknown[] {
  if (Array.isArray(schema.enum)) return schema.enum;
  if ('const' in schema) return [schema.const];
  const branches = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(branches) || branches.length === 0) return [];
  const values = branches.map((branch) => (isObject(branch) ? choicesOf(branch) : []));
  return values.every((constants) => constants.length > 0) ? values.flat() : [];
}

function hintOf(schema: JsonSchema): string {
  const { description, default: preset } = schema;
  const parts = [
    typeof description === 'string' ? description : '',
    boundsOf(schema.minimum, schema.maximum, ''),
    boundsOf(schema.minLength, schema.maxLength, ' characters'),
    preset === undefined ? '' : `default ${valueLabel(preset)}`,
  ];
  return capitalized(parts.filter((part) => part !== '').join(', '));
}

function boundsOf(minimum: unknown, maximum: unknown, unit: string): string {
  const from = typeof minimum === 'number' ? formatBound(minimum) : null;
  const to = typeof maximum === 'number' ? formatBound(maximum) : null;
  if (from !== null && to !== null) return `${from} to ${to}${unit}`;
  if (to !== null) return `at most ${to}${unit}`;
  return from === null ? '' : `at least ${from}${unit}`;
}

/** `formatCount` would round 0.5. */
export const formatBound = (bound: number): string => (Number.isInteger(bound) ? formatCount(bound) : String(bound));

/** A value as text. Invisible text, such as whitespace, is shown as JSON. */
export const valueLabel = (value: unknown): string =>
  typeof value === 'string' && value.trim() !== '' ? value : (JSON.stringify(value) ?? String(value));

/** Whether it is a JSON object, not an array or null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
