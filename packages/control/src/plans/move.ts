import type { Context } from '../context.ts';
import { change, type Write } from '../transaction/change.ts';
import { advanceMove, countLeft, endMove, findMove, keepMove, moveChunk, oldestMove } from './move-store.ts';

/**
 * Entitlements that one transaction moves at most. It holds the lock that every change waits for, a revocation too: see decision 0035 for what
 * was measured.
 */
export const MOVE_CHUNK = 500;

/** How far an edit has moved the entitlements of its plan. */
export interface MoveProgress {
  /** Moved by now. */
  moved: number;
  /** Left to be moved. */
  moving: number;
}

/**
 * Begins to move all entitlements of earlier versions to `version`, also those that an earlier edit kept. The first chunk moves in this very
 * change; the rest is left to `moveNextChunk`. A move that an earlier edit began ends here: this one takes its entitlements along.
 */
export async function beginMove(write: Write, planId: string, version: number): Promise<MoveProgress> {
  const { tx, at, actor } = write;
  const begun = { planId, version, afterId: '' };
  const { moved, lastId } = await moveChunk(tx, begun, { limit: MOVE_CHUNK, snapshotVersion: write.version });
  const moving = lastId === null ? 0 : await countLeft(tx, { ...begun, afterId: lastId });
  if (lastId === null || moving === 0) await endMove(tx, planId);
  else await keepMove(tx, { ...begun, afterId: lastId, actor: actor.id, requestId: actor.requestId }, at);
  return { moved, moving };
}

/**
 * Moves one chunk of the oldest move, in a transaction and a snapshot version of its own.
 * @returns false when no plan is being moved
 */
export async function moveNextChunk(context: Context): Promise<boolean> {
  const oldest = await oldestMove(context.db);
  if (oldest === null) return false;
  const { planId, actor, requestId } = oldest;
  await change(context, { id: actor, requestId }, (write) => moveOn(write, planId));
  return true;
}

async function moveOn(write: Write, planId: string): Promise<void> {
  const { tx, record } = write;
  // A later edit may have taken the move over since it was looked up, or the plan may be gone.
  const move = await findMove(tx, planId);
  if (move === null) return;
  const { moved, lastId } = await moveChunk(tx, move, { limit: MOVE_CHUNK, snapshotVersion: write.version });
  if (lastId === null || moved < MOVE_CHUNK) await endMove(tx, planId);
  else await advanceMove(tx, planId, lastId);
  if (moved > 0) record({ action: 'plan.move', objectId: planId, details: { version: move.version, moved } });
}
