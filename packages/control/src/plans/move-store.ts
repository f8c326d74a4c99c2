import { sql, type Transaction } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

/** A move of a plan’s entitlements to a new version, started by an edit. */
export interface PlanMove {
  planId: string;
  /** Target version. */
  version: number;
  /** Id of the last entitlement of the previous chunk; empty before the first. */
  afterId: string;
  /** Actor of the edit. */
  actor: string;
  requestId: string | null;
}

interface Chunk {
  moved: number;
  /** Id of the last entitlement of the chunk; null when nothing was left to move. */
  lastId: string | null;
}

/**
 * Moves the next entitlements of earlier versions, in id order. The lock of the snapshot version
 * keeps the rows from changing in between.
 */
export async function moveChunk(
  tx: Transaction<Tables>,
  { planId, version, afterId }: Pick<PlanMove, 'planId' | 'version' | 'afterId'>,
  { limit, snapshotVersion }: { limit: number; snapshotVersion: number },
): Promise<Chunk> {
  const { rows } = await sql<Chunk>`
    with chunk as (
        select id from entitlements where plan_id = ${planId} and plan_version < ${version} and id > ${afterId} order by id limit ${limit}
      ),
      moved as (
        update entitlements set plan_version = ${version}, snapshot_version = ${snapshotVersion} from chunk where entitlements.id = chunk.id
      )
    select count(*) as moved, max(id) as "lastId" from chunk`.execute(tx);
  return rows[0] ?? { moved: 0, lastId: null };
}

/** Number of entitlements that a move has not reached yet. */
export async function countLeft(
  db: Database,
  { planId, version, afterId }: Pick<PlanMove, 'planId' | 'version' | 'afterId'>,
): Promise<number> {
  const { rows } = await sql<{ left: number }>`
    select count(*) as left from entitlements where plan_id = ${planId} and plan_version < ${version} and id > ${afterId}`.execute(db);
  return rows[0]?.left ?? 0;
}

/** Stores the progress of a move; replaces an earlier move of the plan. */
export async function upsertMove(tx: Transaction<Tables>, move: PlanMove, at: Date): Promise<void> {
  const { planId, version, afterId, actor, requestId } = move;
  await tx
    .insertInto('plan_moves')
    .values({ plan_id: planId, version, after_id: afterId, actor, request_id: requestId, started_at: at })
    .onConflict((conflict) =>
      conflict.column('plan_id').doUpdateSet({ version, after_id: afterId, actor, request_id: requestId, started_at: at }),
    )
    .execute();
}

export async function advanceMove(tx: Transaction<Tables>, planId: string, afterId: string): Promise<void> {
  await tx.updateTable('plan_moves').set({ after_id: afterId }).where('plan_id', '=', planId).execute();
}

export async function endMove(tx: Transaction<Tables>, planId: string): Promise<void> {
  await tx.deleteFrom('plan_moves').where('plan_id', '=', planId).execute();
}

/** The move that started first. */
export const oldestMove = async (db: Database): Promise<PlanMove | null> =>
  (await selectMoves(db).orderBy('started_at').orderBy('plan_id').limit(1).executeTakeFirst()) ?? null;

/** The plan’s move, if it has one. */
export const findMove = async (db: Database, planId: string): Promise<PlanMove | null> =>
  (await selectMoves(db).where('plan_id', '=', planId).executeTakeFirst()) ?? null;

const selectMoves = (db: Database) =>
  db.selectFrom('plan_moves').select(['plan_id as planId', 'version', 'after_id as afterId', 'actor', 'request_id as requestId']);
