import { CODES, type Code } from '@api-factory/core';
import type { Occurrence } from '../repeated-logs.ts';

/**
 * The log entry for a failed request. Expected codes (a refusal of the guard, an unreachable
 * database, a bad request) are logged without a stack. INTERNAL_ERROR keeps it, and is grouped by
 * the place that threw it.
 */
export function problemOccurrence(code: Code, error: unknown, requestId: string): Occurrence {
  if (code === 'INTERNAL_ERROR')
    return { kind: `${code} ${placeOf(error)}`, level: 'error', fields: { err: error, requestId }, message: 'request failed' };
  const { status } = CODES[code];
  const reason = error instanceof Error ? { reason: error.message } : {};
  return { kind: code, level: status >= 500 ? 'warn' : 'info', fields: { code, status, ...reason, requestId }, message: 'request refused' };
}

/**
 * Name and origin of a fault. Messages are left out: an id in them would make every fault a new
 * kind.
 */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `${error.name} ${frame?.trim() ?? error.message}`;
}
