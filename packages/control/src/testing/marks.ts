import type { SnapshotMark } from '@api-factory/core';
import type { Database } from '../store/database.ts';

/**
 * The mark of a gateway that has read this version, created where a test set the version by hand.
 */
export async function heldAt(db: Database, version: number): Promise<SnapshotMark[]> {
  const { stamp } = await db
    .insertInto('snapshot_stamps')
    .columns(['version', 'stamp'])
    .expression((is) => is.selectFrom('snapshot_version').select((of) => [of.val(version).as('version'), 'stamp']))
    .onConflict((conflict) => conflict.column('version').doUpdateSet((of) => ({ version: of.ref('excluded.version') })))
    .returning('stamp')
    .executeTakeFirstOrThrow();
  return [{ version, stamp }];
}
