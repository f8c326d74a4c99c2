import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Exchange } from '../api/server.ts';
import { type StripeValidators, stripeValidators } from './stripe-validators.ts';

/** Compares requests, responses and events with the types of the installed `stripe` package. */
export interface ConformanceCheck {
  see(exchange: Exchange): void;
  /**
   * The violations since the last call, one line each: the exchange, the path in it, the problem.
   * Empty if everything conforms.
   */
  violations(): string[];
}

const MAX_LINES_PER_OBJECT = 12;

/**
 * Exchanges are recorded and checked when `violations` is called, so that the check does not delay
 * responses.
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

/** Shared by all sandboxes of a process, because loading is slow. */
let compiled: ((exchange: Exchange) => string[]) | null = null;

type ValidatorOf = (type: string) => ValidateFunction | null;

function createCheck({ shapes, parameters }: StripeValidators): (exchange: Exchange) => string[] {
  const shapeOf: ValidatorOf = (type) => (Object.hasOwn(shapes, type) ? shapes[type] : null) ?? null;
  const calls = Object.keys(parameters);
  return (exchange) => {
    const name = `${exchange.kind} ${exchange.method ?? ''} ${exchange.path} ${exchange.status ?? ''}`.replace(/ +/g, ' ').trim();
    const lines = exchange.kind === 'request' ? requestLines(exchange, calls, parameters) : bodyLines(exchange.body, '', shapeOf);
    return lines.map((line) => `${name}: ${line}`);
  };
}

function requestLines(exchange: Exchange, calls: string[], parameters: StripeValidators['parameters']): string[] {
  const route = `${exchange.method} ${exchange.path}`;
  const call = calls.find((known) => known === route) ?? calls.find((known) => matches(known, route));
  const validate = call === undefined ? undefined : parameters[call];
  if (!validate) return ['stripe-shapes.ts has no parameters for this call'];
  return linesOf(validate, exchange.body ?? {}, '');
}

function matches(pattern: string, route: string): boolean {
  const wanted = pattern.split('/');
  const given = route.split('/');
  return wanted.length === given.length && wanted.every((part, at) => part === '*' || part === given[at]);
}

function bodyLines(body: unknown, at: string, shapeOf: ValidatorOf): string[] {
  if (typeof body !== 'object' || body === null) return [`${at || '/'} is not an object`];
  const type = typeOf(body);
  const validate = shapeOf(type);
  if (!validate) return [`${at || '/'} is "${type}", for which stripe-shapes.ts has no shape`];
  return [...linesOf(validate, body, at), ...innerLines(type, body, { at, shapeOf })];
}

function typeOf(body: object): string {
  if ('error' in body) return 'error';
  const { object, deleted } = body as { object?: unknown; deleted?: unknown };
  return deleted === true ? `${object} deleted` : String(object);
}

/** A list's items and an event's object are checked by their own `object` type. */
function innerLines(type: string, body: object, { at, shapeOf }: { at: string; shapeOf: ValidatorOf }): string[] {
  const { data } = body as { data?: unknown };
  if (type === 'list' && Array.isArray(data)) return data.flatMap((entry, index) => bodyLines(entry, `${at}/data/${index}`, shapeOf));
  if (type === 'event') return bodyLines((data as { object?: unknown } | undefined)?.object, `${at}/data/object`, shapeOf);
  return [];
}

function linesOf(validate: ValidateFunction, value: unknown, at: string): string[] {
  if (validate(value)) return [];
  const errors = relevant(validate.errors ?? []);
  const lines = errors.map((error) => `${at}${error.instancePath || '/'} ${error.message}${detail(error)}`);
  return lines.length > MAX_LINES_PER_OBJECT
    ? [...lines.slice(0, MAX_LINES_PER_OBJECT), `… and ${lines.length - MAX_LINES_PER_OBJECT} more`]
    : lines;
}

/**
 * A union reports the errors of every branch. Those of branches that are clearly not meant are
 * dropped.
 */
function relevant(errors: ErrorObject[]): ErrorObject[] {
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
