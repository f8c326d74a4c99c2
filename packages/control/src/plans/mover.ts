import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { moveNextChunk } from './move.ts';

/** The work behind an edit of a plan with many entitlements. */
export interface PlanMover {
  /** Goes on with what the database says is left to be moved. Called after an edit. */
  wake(): void;
  /** Resolves when the chunk under way is done; the next start goes on with the rest. */
  stop(): Promise<void>;
}

/** Changes that wait for the lock get it between two chunks. */
const SHORTEST_GAP_MS = 10;
const RETRY_MS = 1_000;

/** Starts with what the last run left, and then moves when woken: chunk after chunk, with a gap as long as the chunk took. */
export function startPlanMover(context: Context): PlanMover {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let isAsked = false;

  const wake = () => {
    isAsked = true;
    running ??= work();
  };
  const work = async () => {
    while (!stopping.signal.aborted) {
      const startedAt = context.clock.now();
      isAsked = false;
      const outcome = await moveOrWarn(context);
      if (outcome === 'done' && !isAsked) {
        // In the same turn as the decision to rest: a wake that comes in between would be lost.
        running = null;
        return;
      }
      const gapMs = outcome === 'failed' ? RETRY_MS : Math.max(SHORTEST_GAP_MS, context.clock.now() - startedAt);
      await pause(gapMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  wake();
  return {
    wake,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function moveOrWarn(context: Context): Promise<'moved' | 'done' | 'failed'> {
  try {
    return (await moveNextChunk(context)) ? 'moved' : 'done';
  } catch (error) {
    context.log.warn({ err: error }, 'entitlements could not be moved to their plan’s new version; tried again in a second');
    return 'failed';
  }
}
