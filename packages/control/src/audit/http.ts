import type { Context } from '../context.ts';
import type { Api } from '../http/api.ts';
import { ListAnswer, listAnswer } from '../http/envelope.ts';
import { operation, problems } from '../http/operation.ts';
import { pageRequest } from '../http/page.ts';
import { readRange } from '../http/time.ts';
import { AuditEntry, AuditQuery } from './schema.ts';
import { type AuditRow, listEntries } from './store.ts';

/**
 * The audit log. Entries are written by `change` and `changeRecord`, in the transaction of the
 * change.
 */
export async function auditRoutes(app: Api, context: Context): Promise<void> {
  app.get(
    '/audit',
    {
      schema: {
        ...operation('listAudit', 'audit', 'List changes, newest first'),
        querystring: AuditQuery,
        response: { 200: ListAnswer(AuditEntry), ...problems('VALIDATION_FAILED') },
      },
    },
    async (request) => {
      const filter = { ...request.query, ...readRange(request.query) };
      return listAnswer(request, await listEntries(context.db, filter, pageRequest(request.query)), presentEntry);
    },
  );
}

const presentEntry = (row: AuditRow): AuditEntry => ({
  id: String(row.id),
  at: row.at.toISOString(),
  actor: row.actor,
  action: row.action,
  objectType: row.object_type,
  objectId: row.object_id,
  details: row.details,
  requestId: row.request_id,
});
