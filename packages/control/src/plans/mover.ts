import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { change, type Write } from '../transaction/change.ts';
import { advanceMove, countLeft, endMove, findMove, moveChunk, oldestMove, upsertMove } from './move-store.ts';

/**
 * Entitlements per transaction. It holds the lock that every change waits for, revocations
 * included; decision 0035 has the measurements.
 */
export const MOVE_CHUNK = 500;

/** Progress of a plan’s move. */
export interface MoveProgress {
  /** Already moved. */
  moved: number;
  /** Still to be moved. */
  moving: number;
}

/**
 * Starts moving all entitlements of earlier versions to `version`, including those that an earlier
 * edit kept. The first chunk moves in this transaction; `moveNextChunk` does the rest. An earlier
 * move of the plan ends here, its entitlements are included.
 */
export async function beginMove(write: Write, planId: string, version: number): Promise<MoveProgress> {
  const { tx, at, actor } = write;
  const move = { planId, version, afterId: '' };
  const { moved, lastId } = await moveChunk(tx, move, { limit: MOVE_CHUNK, snapshotVersion: write.version });
  const moving = lastId === null ? 0 : await countLeft(tx, { ...move, afterId: lastId });
  if (lastId === null || moving === 0) await endMove(tx, planId);
  else await upsertMove(tx, { ...move, afterId: lastId, actor: actor.id, requestId: actor.requestId }, at);
  return { moved, moving };
}

/**
 * Moves one chunk of the oldest move, in its own transaction and snapshot version.
 * @returns false when no plan is being moved
 */
export async function moveNextChunk(context: Context): Promise<boolean> {
  const oldest = await oldestMove(context.db);
  if (oldest === null) return false;
  const { planId, actor, requestId } = oldest;
  await change(context, { id: actor, requestId }, (write) => continueMove(write, planId));
  return true;
}

async function continueMove(write: Write, planId: string): Promise<void> {
  const { tx, record } = write;
  // A later edit may have replaced the move since it was looked up, or the plan may be gone.
  const move = await findMove(tx, planId);
  if (move === null) return;
  const { moved, lastId } = await moveChunk(tx, move, { limit: MOVE_CHUNK, snapshotVersion: write.version });
  if (lastId === null || moved < MOVE_CHUNK) await endMove(tx, planId);
  else await advanceMove(tx, planId, lastId);
  if (moved > 0) record({ action: 'plan.move', objectId: planId, details: { version: move.version, moved } });
}

/** Moves the entitlements of edited plans in the background. */
export interface PlanMover {
  /** Checks for moves. Called after an edit. */
  wake(): void;
  /** Resolves when the current chunk is done; the next start continues with the rest. */
  stop(): Promise<void>;
}

/** Changes that wait for the lock get it between two chunks. */
const SHORTEST_GAP_MS = 10;
const RETRY_MS = 1_000;

/**
 * Resumes what the last run left, then moves when woken: chunk after chunk, with pauses as long as
 * the chunks took.
 */
export function startPlanMover(context: Context): PlanMover {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let wakeRequested = false;

  const wake = () => {
    wakeRequested = true;
    running ??= work();
  };
  const work = async () => {
    while (!stopping.signal.aborted) {
      const startedAt = context.clock.now();
      wakeRequested = false;
      const outcome = await moveOrWarn(context);
      if (outcome === 'done' && !wakeRequested) {
        // In the same tick as the decision to stop: a wake in between would be lost.
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
    context.log.warn({ err: error }, 'entitlements could not be moved to their plan’s new version; retrying in a second');
    return 'failed';
  }
}
