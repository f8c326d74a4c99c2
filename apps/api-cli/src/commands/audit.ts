import * as sdk from '@api-factory/sdk-ts';
import { connect, type ListOptions } from './connection.ts';
import { defined, listUpTo } from './operator-client.ts';
import { table } from './table.ts';
import { outJson, type Terminal } from './terminal.ts';

export type ListAuditOptions = ListOptions & Omit<NonNullable<sdk.ListAuditData['query']>, 'limit' | 'cursor'>;

export async function listAudit(options: ListAuditOptions, terminal: Terminal): Promise<void> {
  const client = await connect(options, terminal);
  const { actor, action, objectType, objectId, from, to } = options;
  const filters = defined({ actor, action, objectType, objectId, from, to });
  const entries = await listUpTo(options.limit, (paging) => sdk.listAudit({ client, query: { ...filters, ...paging } }));
  if (options.json) return outJson(terminal, entries);
  terminal.out(
    table(entries, {
      TIME: (entry) => entry.at,
      ACTOR: (entry) => entry.actor,
      ACTION: (entry) => entry.action,
      'OBJECT TYPE': (entry) => entry.objectType,
      OBJECT: (entry) => entry.objectId,
      REQUEST: (entry) => entry.requestId,
    }),
  );
}
