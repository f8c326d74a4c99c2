import { type JsonError, jsonError, jsonErrorText } from './json-error.ts';
import { type PayloadError, pointerTo, validate } from './payload-errors.ts';
import { type Field, isObject, type PayloadForm } from './schema-fields.ts';

/** A payload being edited, both as form fields and as JSON: an edit of one updates the other. */
export interface Draft {
  /** The text of each field. For a choice: the index of the selected value. Empty: not set. */
  texts: Readonly<Record<string, string>>;
  /** Values from the JSON that their field can’t show. Kept until that field is edited. */
  hidden: Readonly<Record<string, unknown>>;
  json: string;
}

export interface DraftResult {
  /** null when the JSON is not valid. */
  payload: Record<string, unknown> | null;
  syntaxError: JsonError | null;
  errors: PayloadError[];
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A new draft, with the defaults of the schema. */
export function emptyDraft(form: PayloadForm): Draft {
  const texts = Object.fromEntries(form.fields.map((field) => [field.name, initialText(field)]));
  return draftOf(form, texts, {});
}

/** The draft after an edit of a field. */
export function withText(form: PayloadForm, { texts, hidden }: Draft, { name, text }: { name: string; text: string }): Draft {
  const others = Object.entries(hidden).filter(([field]) => field !== name);
  return draftOf(form, { ...texts, [name]: text }, Object.fromEntries(others));
}

/** The draft after an edit of the JSON. The fields don’t change while the JSON is invalid. */
export function withJson(form: PayloadForm, draft: Draft, json: string): Draft {
  const payload = parse(json);
  if (!isObject(payload)) return { ...draft, json };
  const fields = form.fields.map((field) => [field.name, fieldText(field, ownValue(payload, field.name))] as const);
  const texts = Object.fromEntries(fields.map(([name, text]) => [name, text ?? '']));
  const shown = new Set(fields.filter(([, text]) => text !== null).map(([name]) => name));
  const hidden = Object.fromEntries(Object.entries(payload).filter(([name]) => !shown.has(name)));
  return { texts, hidden, json };
}

/** The payload of a draft, with its errors. */
export function readDraft(form: PayloadForm, { texts, hidden, json }: Draft): DraftResult {
  const syntaxError = jsonError(json);
  if (syntaxError !== null) return { payload: null, syntaxError, errors: [] };
  const payload = parse(json);
  if (!isObject(payload))
    return { payload: null, syntaxError: { message: 'The payload must be an object: {…}', line: 1, column: 1 }, errors: [] };
  const fieldErrors = form.fields.flatMap(({ name, kind }) => {
    const inner = kind === 'json' && !Object.hasOwn(hidden, name) && texts[name] ? jsonError(texts[name]) : null;
    return inner === null ? [] : [{ pointer: pointerTo(name), detail: jsonErrorText(inner) }];
  });
  return { payload, syntaxError: null, errors: [...fieldErrors, ...validate(form, payload)] };
}

/** JSON, indented as in the editor. */
export const pretty = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';

function draftOf(form: PayloadForm, texts: Draft['texts'], hidden: Draft['hidden']): Draft {
  const set = form.fields.flatMap((field): [string, unknown][] => {
    const value = Object.hasOwn(hidden, field.name) ? hidden[field.name] : fieldValue(field, texts[field.name] ?? '');
    return value === undefined ? [] : [[field.name, value]];
  });
  const others = Object.entries(hidden).filter(([name]) => !form.fields.some((field) => field.name === name));
  return { texts, hidden, json: pretty(Object.fromEntries([...set, ...others])) };
}

function initialText(field: Field): string {
  const { kind, required, schema } = field;
  if (schema.default !== undefined) return fieldText(field, schema.default) ?? '';
  return kind === 'boolean' && required ? 'false' : '';
}

/**
 * The value of a field’s text; undefined: not set. A text that can’t be parsed stays a string, so
 * that no input is lost.
 */
function fieldValue({ kind, required, choices }: Field, text: string): unknown {
  if (kind === 'line' || kind === 'text') return text === '' && !required ? undefined : text;
  if (text === '') return undefined;
  if (kind === 'choice') return choices[Number(text)];
  if (kind === 'boolean') return text === 'true';
  if (kind === 'json') return jsonError(text) === null ? parse(text) : text;
  return JSON_NUMBER.test(text.trim()) ? Number(text) : text;
}

/** The text of a value in its field; null when the field can’t show it. */
function fieldText({ kind, choices }: Field, value: unknown): string | null {
  if (value === undefined) return '';
  if (kind === 'choice') {
    const index = choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value));
    return index < 0 ? null : String(index);
  }
  if (kind === 'json') return pretty(value);
  if (kind === 'line' || kind === 'text') return typeof value === 'string' ? value : null;
  const fits = kind === 'boolean' ? typeof value === 'boolean' : typeof value === 'number';
  return fits ? String(value) : null;
}

const ownValue = (payload: Record<string, unknown>, name: string): unknown => (Object.hasOwn(payload, name) ? payload[name] : undefined);

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
