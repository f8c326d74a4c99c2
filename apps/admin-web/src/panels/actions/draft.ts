import { type Finding, findingsOf, pointerTo } from './findings.ts';
import { faultText, type JsonFault, jsonFault } from './json-fault.ts';
import { type Field, isObject, type PayloadForm } from './schema-fields.ts';

/** A payload being written: as texts of the form’s fields and as JSON. Each change of one side remakes the other. */
export interface Draft {
  /** What stands in each field. A choice is the index of what is chosen; empty is “not set”. */
  texts: Readonly<Record<string, string>>;
  /** Values that came by the JSON side and that no field can show. They stay until their field is written in. */
  kept: Readonly<Record<string, unknown>>;
  json: string;
}

/** What a draft comes to. */
export interface Reading {
  /** null: the JSON is not valid. */
  payload: Record<string, unknown> | null;
  fault: JsonFault | null;
  findings: Finding[];
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The draft to begin with: defaults where the schema has them. */
export function emptyDraft(form: PayloadForm): Draft {
  const texts = Object.fromEntries(form.fields.map((field) => [field.name, firstText(field)]));
  return drafted(form, texts, {});
}

/** The draft after a field was written in. */
export function withText(form: PayloadForm, { texts, kept }: Draft, { name, text }: { name: string; text: string }): Draft {
  const others = Object.entries(kept).filter(([of]) => of !== name);
  return drafted(form, { ...texts, [name]: text }, Object.fromEntries(others));
}

/** The draft after the JSON was written in. While it is not valid the fields keep what they had. */
export function withJson(form: PayloadForm, draft: Draft, json: string): Draft {
  const payload = parsed(json);
  if (!isObject(payload)) return { ...draft, json };
  const shown = form.fields.map((field) => [field.name, textOf(field, own(payload, field.name))] as const);
  const texts = Object.fromEntries(shown.map(([name, text]) => [name, text ?? '']));
  const visible = new Set(shown.filter(([, text]) => text !== null).map(([name]) => name));
  const kept = Object.fromEntries(Object.entries(payload).filter(([name]) => !visible.has(name)));
  return { texts, kept, json };
}

/** What the draft comes to, and what is wrong with it. */
export function readDraft(form: PayloadForm, { texts, kept, json }: Draft): Reading {
  const fault = jsonFault(json);
  if (fault !== null) return { payload: null, fault, findings: [] };
  const payload = parsed(json);
  if (!isObject(payload))
    return { payload: null, fault: { message: 'The payload must be an object: {…}', line: 1, column: 1 }, findings: [] };
  const broken = form.fields.flatMap(({ name, kind }) => {
    const inner = kind === 'json' && !Object.hasOwn(kept, name) && texts[name] ? jsonFault(texts[name]) : null;
    return inner === null ? [] : [{ pointer: pointerTo(name), detail: faultText(inner) }];
  });
  return { payload, fault: null, findings: [...broken, ...findingsOf(form, payload)] };
}

/** JSON, indented as the editor shows it. */
export const pretty = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';

function drafted(form: PayloadForm, texts: Draft['texts'], kept: Draft['kept']): Draft {
  const set = form.fields.flatMap((field): [string, unknown][] => {
    const value = Object.hasOwn(kept, field.name) ? kept[field.name] : meant(field, texts[field.name] ?? '');
    return value === undefined ? [] : [[field.name, value]];
  });
  const others = Object.entries(kept).filter(([name]) => !form.fields.some((field) => field.name === name));
  return { texts, kept, json: pretty(Object.fromEntries([...set, ...others])) };
}

function firstText(field: Field): string {
  const { kind, required, schema } = field;
  if (schema.default !== undefined) return textOf(field, schema.default) ?? '';
  return kind === 'boolean' && required ? 'false' : '';
}

/** The value that a field’s text means; undefined: not set. What can’t be read stays text, so that nothing typed is lost. */
function meant({ kind, required, choices }: Field, text: string): unknown {
  if (kind === 'line' || kind === 'text') return text === '' && !required ? undefined : text;
  if (text === '') return undefined;
  if (kind === 'choice') return choices[Number(text)];
  if (kind === 'boolean') return text === 'true';
  if (kind === 'json') return jsonFault(text) === null ? parsed(text) : text;
  return JSON_NUMBER.test(text.trim()) ? Number(text) : text;
}

/** The text that shows a value in its field; null when the field can’t show it. */
function textOf({ kind, choices }: Field, value: unknown): string | null {
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

const own = (payload: Record<string, unknown>, name: string): unknown => (Object.hasOwn(payload, name) ? payload[name] : undefined);

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
