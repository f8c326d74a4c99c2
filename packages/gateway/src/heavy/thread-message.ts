import type { Code, ProblemParts } from '@api-factory/core';
import type { HeavyResult } from './result.ts';

/** Message to a thread of the pool. */
export interface HeavyTask {
  action: string;
  payload: unknown;
}

/** Its reply: the result, the action's refusal of the payload, or an unexpected error. */
export type HeavyAnswer =
  | { type: 'done'; result: HeavyResult }
  | { type: 'refused'; code: Code; parts: ProblemParts }
  | { type: 'failed'; stack: string };
