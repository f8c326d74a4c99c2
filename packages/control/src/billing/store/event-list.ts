import type { BillingMode } from '@api-factory/core';
import { type Cursor, type Page, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';
import { microsOf, olderThan } from '../../store/list-query.ts';

export interface EventRow {
  id: string;
  type: string;
  state: 'pending' | 'done' | 'ignored' | 'dead';
  source: 'webhook' | 'reconcile';
  objectType: string;
  objectId: string;
  customerId: string | null;
  apiVersion: string | null;
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  receivedAt: Date;
  doneAt: Date | null;
}

/** Newest first, by the time they were received. */
export async function listInbox(
  db: Database,
  { mode, state }: { mode: BillingMode; state: EventRow['state'] | undefined },
  { limit, after }: PageRequest,
): Promise<Page<EventRow>> {
  const rows = await selectEvents(db, mode)
    .$if(state !== undefined, (query) => query.where('e.state', '=', state as EventRow['state']))
    .$if(after !== null, (query) => query.where(olderThan(after as Cursor, 'e.received_at', 'e.id')))
    .orderBy('e.received_at', 'desc')
    .orderBy('e.id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, id }) => ({ position, id }));
}

export const findEvent = async (db: Database, mode: BillingMode, id: string): Promise<EventRow | null> =>
  (await selectEvents(db, mode).where('e.id', '=', id).executeTakeFirst()) ?? null;

const selectEvents = (db: Database, mode: BillingMode) =>
  db
    .selectFrom('stripe_events as e')
    .select(['e.id', 'e.type', 'e.state', 'e.source', 'e.object_type as objectType', 'e.object_id as objectId'])
    .select(['e.customer_id as customerId', 'e.api_version as apiVersion', 'e.attempts', 'e.last_error as lastError'])
    .select(['e.created_at as createdAt', 'e.received_at as receivedAt', 'e.done_at as doneAt'])
    .select(microsOf('e.received_at').as('position'))
    .where('e.mode', '=', mode);
