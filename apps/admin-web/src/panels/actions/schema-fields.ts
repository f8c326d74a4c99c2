import { capitalized, formatCount } from '../../lib/format.ts';

/** JSON Schema, as far as it is known before it is looked at. */
export type JsonSchema = Record<string, unknown>;

/** How a property of the payload is asked for. What no plain field can hold is asked for as JSON. */
export type FieldKind = 'line' | 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'json';

/** One property of the payload as a field of the form. */
export interface Field {
  name: string;
  kind: FieldKind;
  required: boolean;
  /** What the schema says of it and what it may be, in words; empty when there is nothing to say. */
  hint: string;
  /** Of a choice: what can be chosen. */
  choices: readonly unknown[];
  schema: JsonSchema;
}

/** The form of an action’s payload. */
export interface PayloadForm {
  fields: readonly Field[];
  /** Properties that have no field are allowed, too. */
  open: boolean;
}

/** Text that may be longer than this gets a field of several lines. */
const LINE_MOST = 200;

/** The form that an action’s payload schema means. A schema without properties has no fields: its payload is written as JSON. */
export function formOf(schema: JsonSchema): PayloadForm {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = properties.map(([name, of]) => fieldOf(name, isObject(of) ? of : {}, required.includes(name)));
  return { fields, open: schema.additionalProperties !== false };
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): Field {
  const choices = choicesOf(schema);
  const kind = choices.length > 0 ? 'choice' : kindOf(schema);
  return { name, kind, required, hint: hintOf(schema), choices, schema };
}

function kindOf(schema: JsonSchema): FieldKind {
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') return schema.type;
  if (schema.type !== 'string') return 'json';
  return typeof schema.maxLength === 'number' && schema.maxLength > LINE_MOST ? 'text' : 'line';
}

/** The values of an enumeration, however it is written: `enum`, `const`, or a union of constants. */
function choicesOf(schema: JsonSchema): unknown[] {
  if (Array.isArray(schema.enum)) return schema.enum;
  if ('const' in schema) return [schema.const];
  const branches = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(branches) || branches.length === 0) return [];
  const values = branches.map((branch) => (isObject(branch) ? choicesOf(branch) : []));
  return values.every((of) => of.length > 0) ? values.flat() : [];
}

function hintOf(schema: JsonSchema): string {
  const { description, default: preset } = schema;
  const parts = [
    typeof description === 'string' ? description : '',
    boundsOf(schema.minimum, schema.maximum, ''),
    boundsOf(schema.minLength, schema.maxLength, ' characters'),
    preset === undefined ? '' : `default ${labelOf(preset)}`,
  ];
  return capitalized(parts.filter((part) => part !== '').join(', '));
}

function boundsOf(least: unknown, most: unknown, unit: string): string {
  const from = typeof least === 'number' ? formatBound(least) : null;
  const to = typeof most === 'number' ? formatBound(most) : null;
  if (from !== null && to !== null) return `${from} to ${to}${unit}`;
  if (to !== null) return `at most ${to}${unit}`;
  return from === null ? '' : `at least ${from}${unit}`;
}

/** A bound as it is: `formatCount` would round 0.5. */
export const formatBound = (bound: number): string => (Number.isInteger(bound) ? formatCount(bound) : String(bound));

/** A value as people read it. White space, which nobody sees, is written as JSON writes it. */
export const labelOf = (value: unknown): string =>
  typeof value === 'string' && value.trim() !== '' ? value : (JSON.stringify(value) ?? String(value));

/** Whether it is an object of JSON: no array, not null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
