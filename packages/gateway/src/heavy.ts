import { platform, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { ProblemError } from '@api-factory/core';
import { encodeResult } from './heavy/result.ts';
import type { HeavyAnswer, HeavyTask } from './heavy/thread-message.ts';
import type { Action } from './packs/actions/action.ts';
import { ACTIONS } from './packs/actions/actions.ts';

/** Runs the tasks of the pool on the calling thread, one after another. */
export function serveHeavyActions(served: readonly Action[] = ACTIONS): void {
  // Lower priority than calls on a busy machine. Only on Linux, where priority is per thread:
  // elsewhere this would slow the whole process.
  if (platform() === 'linux') setPriority(0, 10);
  const actions = new Map(served.map((action) => [action.name, action]));
  parentPort?.on('message', async ({ action, payload }: HeavyTask) => {
    const answer = await run(actions.get(action), payload);
    parentPort?.postMessage(answer, answer.type === 'done' ? answer.result.chunks.map(({ buffer }) => buffer as ArrayBuffer) : []);
  });
}

async function run(action: Action | undefined, payload: unknown): Promise<HeavyAnswer> {
  try {
    if (!action) throw new Error('unknown action');
    return { type: 'done', result: await encodeResult(await action.run(payload as never)) };
  } catch (error) {
    if (error instanceof ProblemError) return { type: 'refused', code: error.code, parts: error.parts };
    return { type: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
