import type { List } from '../objects/types.ts';
import { integer, type Params, text } from './params.ts';
import { invalid, missing } from './stripe-error.ts';

/** Parameters of every list. */
export const pageParams = ['limit', 'starting_after', 'ending_before'] as const;

/** Parameters of a list that can be filtered by time. */
export const createdParams = ['created', 'created.gt', 'created.gte', 'created.lt', 'created.lte'] as const;

/** One page of a list: `limit` entries (default 10, at most 100). `data` must be in list order. */
export function page<T extends { id: string }>(params: Params, url: string, data: T[]): List<T> {
  const limit = integer(params, 'limit') ?? 10;
  if (limit < 1 || limit > 100) throw invalid('Invalid integer: limit must be between 1 and 100.', 'limit', 'parameter_invalid_integer');
  const after = text(params, 'starting_after');
  const before = text(params, 'ending_before');
  if (after && before) throw invalid('You may only specify one of these parameters: starting_after, ending_before.');
  if (before) {
    const end = indexOf(data, before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: data.slice(start, end), has_more: start > 0, url };
  }
  const start = after ? indexOf(data, after, 'starting_after') + 1 : 0;
  return { object: 'list', data: data.slice(start, start + limit), has_more: data.length > start + limit, url };
}

/** The objects of a map, newest first, filtered by `created`. */
export function newestFirst<T extends { created: number }>(params: Params, objects: Record<string, T>, keep: (object: T) => boolean): T[] {
  return Object.values(objects)
    .filter((object) => inRange(params, 'created', object.created) && keep(object))
    .reverse();
}

/** Whether a time (seconds) matches the parameter: a time or `{ gt, gte, lt, lte }`. */
export function inRange(params: Params, name: string, moment: number): boolean {
  if (typeof params[name] === 'string') return integer(params, name) === moment;
  const bound = (key: string) => integer(params, `${name}.${key}`) ?? null;
  const [gt, gte, lt, lte] = [bound('gt'), bound('gte'), bound('lt'), bound('lte')];
  return (gt === null || moment > gt) && (gte === null || moment >= gte) && (lt === null || moment < lt) && (lte === null || moment <= lte);
}

/** Whether a value equals the parameter; true without the parameter. */
export function isAsked(params: Params, name: string, value: string | boolean | null): boolean {
  const wanted = text(params, name);
  return wanted === undefined || wanted === null || wanted === String(value);
}

function indexOf(data: { id: string }[], id: string, param: string): number {
  const index = data.findIndex((entry) => entry.id === id);
  if (index < 0) throw missing('object', id, param);
  return index;
}
