import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Page, PageRequest } from '../http/page.ts';
import type { OpenTimeRange } from '../http/time.ts';
import { scanPage } from '../store/bounded-scan.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';

export interface AuditFilter extends OpenTimeRange {
  objectType?: string;
  objectId?: string;
  actor?: string;
  action?: string;
}

/**
 * Newest first. An index covers the entries of one object. All other filters scan a limited number
 * of entries from the newest on: a page may be short or empty although there are more.
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
  return scanPage(db, { inOrder, order: sql`id desc`, positionColumns: sql`id`, cursorOf, matches, limit, mostScanned });
}

export type AuditRow = Selectable<Tables['audit']>;

const cursorOf = ({ id }: Pick<AuditRow, 'id'>) => ({ position: id, id: '' });

const given = (conditions: (RawBuilder<unknown> | null)[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`${sql.join([sql`true`, ...conditions.filter((condition) => condition !== null)], sql` and `)}`;
