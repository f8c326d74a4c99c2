import { sql, type Transaction } from 'kysely';
import { type Page, type PageRequest, toPage } from '../http/page.ts';
import type { OpenTimeRange } from '../http/time-range.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import type { Actor, Entry } from './change.ts';

/** Takes the next version and, until the transaction ends, the lock that orders all changes that the guard sees. */
export async function nextSnapshotVersion(tx: Transaction<Tables>): Promise<number> {
  const row = await tx
    .updateTable('snapshot_version')
    .set({ version: sql<number>`version + 1` })
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

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

/** Newest first. */
export async function listEntries(db: Database, filter: AuditFilter, { limit, after }: PageRequest) {
  const { objectType, objectId, actor, action, from, to } = filter;
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .$if(objectType !== undefined, (query) => query.where('object_type', '=', objectType as string))
    .$if(objectId !== undefined, (query) => query.where('object_id', '=', objectId as string))
    .$if(actor !== undefined, (query) => query.where('actor', '=', actor as string))
    .$if(action !== undefined, (query) => query.where('action', '=', action as string))
    .$if(from !== null, (query) => query.where('at', '>=', from as Date))
    .$if(to !== null, (query) => query.where('at', '<', to as Date))
    .$if(after !== null, (query) => query.where('id', '<', after?.position as number))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ id }) => ({ position: id, id: '' }));
}

export type AuditRow = Awaited<ReturnType<typeof listEntries>> extends Page<infer Row> ? Row : never;
