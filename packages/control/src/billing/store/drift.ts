import type { BillingMode } from '@api-factory/core';
import { sql } from 'kysely';
import { type Cursor, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';

export interface Drift {
  at: Date;
  customerId: string;
  consumerId: string | null;
  differences: { object: string; field: string; stored: unknown; found: unknown }[];
}

/** Records drift and counts it. */
export async function recordDrift(db: Database, mode: BillingMode, { at, customerId, consumerId, differences }: Drift): Promise<void> {
  await db
    .with('drift', (query) =>
      query
        .insertInto('billing_drift')
        .values({ mode, at, customer_id: customerId, consumer_id: consumerId, differences: JSON.stringify(differences) }),
    )
    .insertInto('billing_state')
    .values({ mode, drift_total: 1 })
    .onConflict((conflict) => conflict.column('mode').doUpdateSet({ drift_total: sql<number>`billing_state.drift_total + 1` }))
    .execute();
}

/** Newest first. */
export async function listDrift(db: Database, mode: BillingMode, { limit, after }: PageRequest) {
  const rows = await db
    .selectFrom('billing_drift')
    .select(['id', 'at', 'customer_id as customerId', 'consumer_id as consumerId', 'differences'])
    .where('mode', '=', mode)
    .$if(after !== null, (query) => query.where('id', '<', (after as Cursor).position))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ id }) => ({ position: id, id: String(id) }));
}
