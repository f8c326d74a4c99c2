import type { SnapshotMark } from '@api-factory/core';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import type { Actor, Entry } from './change.ts';

/**
 * Number of versions whose stamps are kept. A gateway that missed more loads everything, which is
 * hardly more work for it.
 */
const STAMPS_KEPT = 10_000;

/**
 * Takes the next version with a random stamp and, until the transaction ends, the lock that orders
 * all changes that the guard sees.
 */
export async function nextSnapshotVersion(tx: Transaction<Tables>): Promise<SnapshotMark> {
  const { rows } = await sql<SnapshotMark>`
    with next as (update snapshot_version set version = version + 1, stamp = gen_random_uuid() returning version, stamp),
      kept as (
        insert into snapshot_stamps (version, stamp) select version, stamp from next
        on conflict (version) do update set stamp = excluded.stamp
      ),
      trimmed as (delete from snapshot_stamps where version <= (select version from next) - ${sql.lit(STAMPS_KEPT)})
    select version, stamp from next`.execute(tx);
  const [mark] = rows;
  if (!mark) throw new Error('the row of snapshot_version is missing');
  return mark;
}

/**
 * Whether a change is stored whose commit got no answer. Takes the lock that the change held, so it
 * waits for a commit in progress and its answer is final.
 */
export const wasCommitted = (db: Database, { version, stamp }: SnapshotMark): Promise<boolean> =>
  db.transaction().execute(async (tx) => {
    await tx.selectFrom('snapshot_version').select('version').forUpdate().executeTakeFirstOrThrow();
    const row = await tx
      .selectFrom('snapshot_stamps')
      .select('version')
      .where('version', '=', version)
      .where('stamp', '=', stamp)
      .executeTakeFirst();
    return row !== undefined;
  });

export async function insertAuditEntries(
  tx: Transaction<Tables>,
  { actor, at, entries }: { actor: Actor; at: Date; entries: Entry[] },
): Promise<void> {
  const rows = entries.map(({ action, objectId, details }) => ({
    at,
    actor: actor.id,
    action,
    object_type: action.slice(0, action.indexOf('.')),
    object_id: objectId,
    details: JSON.stringify(details ?? {}),
    request_id: actor.requestId,
  }));
  await tx.insertInto('audit').values(rows).execute();
}
