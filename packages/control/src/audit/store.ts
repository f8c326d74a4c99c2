import { type RawBuilder, type Selectable, type SqlBool, sql, type Transaction } from 'kysely';
import type { Page, PageRequest } from '../http/page.ts';
import type { OpenTimeRange } from '../http/time-range.ts';
import type { SnapshotMark } from '../snapshot.ts';
import { scanPage } from '../store/bounded-scan.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import type { Actor, Entry } from './change.ts';

/** Stamps are kept of so many versions. A gateway that has been away for longer gets everything, which it would almost anyway. */
const STAMPS_KEPT = 10_000;

/**
 * Takes the next version with a stamp of its own and, until the transaction ends, the lock that orders all changes that the guard
 * sees.
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
 * Whether a change whose commit was not answered is stored. Takes the lock that the change held, so that one which is still being
 * committed is waited for: the answer is final.
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

export async function insertEntries(
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

export interface AuditFilter extends OpenTimeRange {
  objectType?: string;
  objectId?: string;
  actor?: string;
  action?: string;
}

/**
 * Newest first. One object's entries have an index. Every other filter is a bounded scan from the newest entry on: a page may be
 * short or empty although there is more.
 */
export async function listEntries(
  db: Database,
  filter: AuditFilter,
  { limit, after, mostScanned }: PageRequest & { mostScanned?: number },
): Promise<Page<AuditRow>> {
  const { objectType, objectId, actor, action, from, to } = filter;
  const ofObject = objectType !== undefined && objectId !== undefined;
  const inOrder = (columns: RawBuilder<unknown>) => {
    const where = given([
      after && sql`id < ${after.position}`,
      ofObject ? sql`object_type = ${objectType} and object_id = ${objectId}` : null,
    ]);
    return sql`select ${columns} from audit where ${where} order by id desc`;
  };
  const matches = given([
    ofObject || objectType === undefined ? null : sql`object_type = ${objectType}`,
    ofObject || objectId === undefined ? null : sql`object_id = ${objectId}`,
    actor === undefined ? null : sql`actor = ${actor}`,
    action === undefined ? null : sql`action = ${action}`,
    from && sql`at >= ${from}`,
    to && sql`at < ${to}`,
  ]);
  return scanPage(db, { inOrder, order: sql`id desc`, place: sql`id`, cursorOf, matches, limit, mostScanned });
}

export type AuditRow = Selectable<Tables['audit']>;

const cursorOf = ({ id }: Pick<AuditRow, 'id'>) => ({ position: id, id: '' });

const given = (conditions: (RawBuilder<unknown> | null)[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`${sql.join([sql`true`, ...conditions.filter((condition) => condition !== null)], sql` and `)}`;
