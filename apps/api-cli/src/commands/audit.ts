import * as sdk from '@api-factory/sdk-ts';
import { type ListOptions, printList } from './list.ts';
import type { Columns } from './table.ts';
import type { Terminal } from './terminal.ts';

export const listAudit = (options: ListOptions, terminal: Terminal): Promise<void> =>
  printList({ list: sdk.listAudit, columns: COLUMNS }, options, terminal);

const COLUMNS: Columns<sdk.ListAuditResponse['data'][number]> = {
  TIME: (entry) => entry.at,
  ACTOR: (entry) => entry.actor,
  ACTION: (entry) => entry.action,
  'OBJECT TYPE': (entry) => entry.objectType,
  OBJECT: (entry) => entry.objectId,
  REQUEST: (entry) => entry.requestId,
};
