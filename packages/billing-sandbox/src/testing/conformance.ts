import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Exchange } from '../api/server.ts';
import { type StripeValidators, stripeValidators } from './stripe-validators.ts';

/**
 * Compares what the sandbox answers, emits and is asked with the types of the installed `stripe`
 * package.
 */
export interface ConformanceCheck {
  see(exchange: Exchange): void;
  /**
   * What did not fit since the last call, one line each: the exchange, where in it, what is wrong.
   * Empty: all fitted.
   */
  violations(): string[];
}

const MOST_LINES_PER_OBJECT = 12;

/**
 * Exchanges are kept and checked when `violations` is called, so that the check changes nothing
 * about the time that an answer takes.
 */
export function createConformanceCheck(): ConformanceCheck {
  let seen: Exchange[] = [];
  return {
    see: (exchange) => seen.push(structuredClone(exchange)),
    violations() {
      compiled ??= createCheck(stripeValidators());
      const lines = seen.flatMap(compiled);
      seen = [];
      return [...new Set(lines)];
    },
  };
}

/** Every sandbox of one process uses the same: loading them takes a moment. */
let compiled: ((exchange: Exchange) => string[]) | null = null;

type Validate = (word: string) => ValidateFunction | null;

function createCheck({ shapes, parameters }: StripeValidators): (exchange: Exchange) => string[] {
  const shapeOf: Validate = (word) => (Object.hasOwn(shapes, word) ? shapes[word] : null) ?? null;
  const calls = Object.keys(parameters);
  return (exchange) => {
    const name = `${exchange.kind} ${exchange.method ?? ''} ${exchange.path} ${exchange.status ?? ''}`.replace(/ +/g, ' ').trim();
    const lines = exchange.kind === 'request' ? requestLines(exchange, calls, parameters) : bodyLines(exchange.body, '', shapeOf);
    return lines.map((line) => `${name}: ${line}`);
  };
}

function requestLines(exchange: Exchange, calls: string[], parameters: StripeValidators['parameters']): string[] {
  const asked = `${exchange.method} ${exchange.path}`;
  const call = calls.find((known) => known === asked) ?? calls.find((known) => matches(known, asked));
  const validate = call === undefined ? undefined : parameters[call];
  if (!validate) return ['stripe-shapes.ts names no parameters for this call'];
  return linesOf(validate, exchange.body ?? {}, '');
}

function matches(pattern: string, asked: string): boolean {
  const wanted = pattern.split('/');
  const given = asked.split('/');
  return wanted.length === given.length && wanted.every((part, at) => part === '*' || part === given[at]);
}

function bodyLines(body: unknown, at: string, shapeOf: Validate): string[] {
  if (typeof body !== 'object' || body === null) return [`${at || '/'} is no object`];
  const word = wordOf(body);
  const validate = shapeOf(word);
  if (!validate) return [`${at || '/'} is "${word}", for which stripe-shapes.ts names no shape`];
  return [...linesOf(validate, body, at), ...innerLines(word, body, { at, shapeOf })];
}

function wordOf(body: object): string {
  if ('error' in body) return 'error';
  const { object, deleted } = body as { object?: unknown; deleted?: unknown };
  return deleted === true ? `${object} deleted` : String(object);
}

/** A list's items and an event's object are checked by their own words. */
function innerLines(word: string, body: object, { at, shapeOf }: { at: string; shapeOf: Validate }): string[] {
  const { data } = body as { data?: unknown };
  if (word === 'list' && Array.isArray(data)) return data.flatMap((entry, index) => bodyLines(entry, `${at}/data/${index}`, shapeOf));
  if (word === 'event') return bodyLines((data as { object?: unknown } | undefined)?.object, `${at}/data/object`, shapeOf);
  return [];
}

function linesOf(validate: ValidateFunction, value: unknown, at: string): string[] {
  if (validate(value)) return [];
  const errors = telling(validate.errors ?? []);
  const lines = errors.map((error) => `${at}${error.instancePath || '/'} ${error.message}${detail(error)}`);
  return lines.length > MOST_LINES_PER_OBJECT
    ? [...lines.slice(0, MOST_LINES_PER_OBJECT), `… and ${lines.length - MOST_LINES_PER_OBJECT} more`]
    : lines;
}

/**
 * A union reports the errors of every branch. Those of branches that were clearly not meant are
 * left out.
 */
function telling(errors: ErrorObject[]): ErrorObject[] {
  const inside = (path: string) =>
    errors.some((other) => other.instancePath.startsWith(`${path}/`) || (other.instancePath === path && isAboutFields(other)));
  const kept = errors.filter((error) => {
    if (error.keyword === 'anyOf') return false;
    return isAboutFields(error) || !inside(error.instancePath);
  });
  return kept.length > 0 ? kept : errors;
}

function isAboutFields({ keyword }: ErrorObject): boolean {
  return keyword === 'required' || keyword === 'additionalProperties';
}

function detail({ keyword, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `: ${params.additionalProperty}`;
  if (keyword === 'enum') return `: ${(params.allowedValues as unknown[]).slice(0, 12).join(', ')}`;
  if (keyword === 'const') return `: ${params.allowedValue}`;
  return '';
}
