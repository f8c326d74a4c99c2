import { CODES, type Code } from '@api-factory/core';
import type { Occurrence } from '../repeated-logs.ts';

/**
 * What the log says of a refused request. An expected code (a refusal of the guard, a database that is away, a request that is
 * wrong) is told without a stack: where it was made is known. Only INTERNAL_ERROR, a fault that nobody foresaw, keeps it;
 * one that comes again from the same place is the same fault.
 */
export function problemOccurrence(code: Code, error: unknown, requestId: string): Occurrence {
  if (code === 'INTERNAL_ERROR')
    return { kind: `${code} ${placeOf(error)}`, level: 'error', fields: { err: error, requestId }, message: 'request failed' };
  const { status } = CODES[code];
  const reason = error instanceof Error ? { reason: error.message } : {};
  return { kind: code, level: status >= 500 ? 'warn' : 'info', fields: { code, status, ...reason, requestId }, message: 'request refused' };
}

/** Name and origin of a fault; its message may hold an id, which would make every one a kind of its own. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `${error.name} ${frame?.trim() ?? error.message}`;
}
