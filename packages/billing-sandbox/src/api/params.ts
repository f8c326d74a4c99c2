import qs from 'qs';
import type { Metadata } from '../objects/types.ts';
import { invalid, StripeError } from './stripe-error.ts';

/** The parameters of a request as sent: strings, nested by brackets. */
export type Params = { [key: string]: Value };
type Value = string | Value[] | Params | undefined;

/** Parses a form or query with brackets: `items[0][price]=…`. */
export function parseParams(text: string): Params {
  return qs.parse(text, { depth: 10, arrayLimit: 1000, parameterLimit: 10_000 }) as Params;
}

/**
 * Refuses every parameter that is not in the list, as Stripe does. A name may be nested
 * (`items[].price`); `metadata.*` allows any key. Parameters that only Stripe supports are refused
 * too: ignoring them would give a wrong result.
 */
export function refuseUnknown(params: Params, allowed: readonly string[]): void {
  for (const { name, path } of leaves(params, [])) {
    if (allowed.some((pattern) => matches(pattern, path))) continue;
    throw new StripeError({ status: 400, code: 'parameter_unknown', message: `Received unknown parameter: ${name}`, param: name });
  }
}

/** A string; null when it was sent empty (unset), undefined when it was not sent. */
export function text(params: Params, path: string): string | null | undefined {
  const value = at(params, path);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid string: ${path}`, path);
  return value === '' ? null : value;
}

/** Like `text`, but required. */
export function required(params: Params, path: string): string {
  const value = text(params, path);
  if (value) return value;
  throw new StripeError({ status: 400, code: 'parameter_missing', message: `Missing required param: ${path}.`, param: path });
}

/** A whole number; null when it was sent empty, undefined when it was not sent. */
export function integer(params: Params, path: string): number | null | undefined {
  const value = text(params, path);
  if (value === undefined || value === null) return value;
  if (!/^-?\d+$/.test(value)) throw invalid(`Invalid integer: ${value}`, path, 'parameter_invalid_integer');
  return Number(value);
}

export function flag(params: Params, path: string): boolean | undefined {
  const value = text(params, path);
  if (value === undefined || value === null) return undefined;
  if (value !== 'true' && value !== 'false') throw invalid(`Invalid boolean: ${value}`, path);
  return value === 'true';
}

/** A list of strings; undefined when it was not sent. */
export function texts(params: Params, path: string): string[] | undefined {
  const value = at(params, path);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid('Invalid array', path);
  return value.filter((entry) => typeof entry === 'string');
}

/** A list of objects; undefined when it was not sent. */
export function entries(params: Params, path: string): Params[] | undefined {
  const value = at(params, path);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid('Invalid array', path);
  return value.map((entry) => {
    if (typeof entry !== 'object' || Array.isArray(entry)) throw invalid('Invalid object', path);
    return entry;
  });
}

/**
 * The metadata after this request: keys are merged, an empty value removes its key, empty metadata
 * removes all.
 */
export function metadata(params: Params, path: string, before: Metadata = {}): Metadata {
  const value = at(params, path);
  if (value === undefined) return before;
  if (value === '') return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('Invalid object', path);
  const after = { ...before };
  for (const [key, entry] of Object.entries(value)) {
    if (entry === '') delete after[key];
    else after[key] = String(entry);
  }
  return after;
}

function at(params: Params, path: string): Value {
  let value: Value = params;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

function* leaves(value: Value, path: string[]): Generator<{ name: string; path: string }> {
  if (typeof value === 'object') {
    const isArray = Array.isArray(value);
    for (const [key, entry] of Object.entries(value)) yield* leaves(entry, [...path, isArray ? `[${key}]` : key]);
    return;
  }
  const [first = '', ...rest] = path;
  const name = first + rest.map((key) => (key.startsWith('[') ? key : `[${key}]`)).join('');
  yield {
    name,
    path: path
      .map((key) => (key.startsWith('[') ? '[]' : key))
      .join('.')
      .replaceAll('.[]', '[]'),
  };
}

function matches(pattern: string, path: string): boolean {
  if (pattern === path || `${pattern}[]` === path) return true;
  if (!pattern.endsWith('.*')) return pattern.startsWith(`${path}.`) || pattern.startsWith(`${path}[]`);
  const parent = pattern.slice(0, -2);
  return path === parent || (path.startsWith(`${parent}.`) && !path.slice(parent.length + 1).includes('.'));
}
