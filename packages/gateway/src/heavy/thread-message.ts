import type { Code, ProblemParts } from '@api-factory/core';
import type { HeavyResult } from './result.ts';

/** What a thread of the pool is given. */
export interface HeavyTask {
  action: string;
  payload: unknown;
}

/** What it answers: the result, what the action refused the payload with, or a fault of the action. */
export type HeavyAnswer =
  | { type: 'done'; result: HeavyResult }
  | { type: 'refused'; code: Code; parts: ProblemParts }
  | { type: 'failed'; stack: string };
