import type { BillingMode } from '@api-factory/core';
import { type SqlBool, sql } from 'kysely';
import { type Cursor, type PageRequest, toPage } from '../../http/page.ts';
import type { Database } from '../../store/database.ts';
import { microsOf } from '../../store/list-query.ts';

/** Something that needs the operator's attention. One per kind and object. */
export interface Flag {
  kind: string;
  objectId: string;
  detail: string;
}

/** A repeated flag keeps its first time and gets the new detail. */
export async function raiseFlags(
  db: Database,
  { mode, customerId, at, flags }: { mode: BillingMode; customerId: string | null; at: Date; flags: Flag[] },
): Promise<void> {
  for (const { kind, objectId, detail } of flags) {
    await db
      .insertInto('billing_flags')
      .values({ mode, kind, object_id: objectId, customer_id: customerId, detail, at })
      .onConflict((conflict) =>
        conflict
          .columns(['mode', 'kind', 'object_id'])
          .doUpdateSet({ detail })
          .where(sql<boolean>`billing_flags.detail is distinct from excluded.detail`),
      )
      .execute();
  }
}

/**
 * Newest first. Two kinds on one object may have the same time, so the cursor's id contains both.
 */
export async function listFlags(db: Database, mode: BillingMode, { limit, after }: PageRequest) {
  const name = sql<string>`(kind || ' ' || object_id)`;
  const older = ({ position, id }: Cursor) =>
    sql<SqlBool>`(at, ${name}) < (timestamptz 'epoch' + ${position}::bigint * interval '1 microsecond', ${id})`;
  const rows = await db
    .selectFrom('billing_flags')
    .select(['kind', 'object_id as objectId', 'customer_id as customerId', 'detail', 'at'])
    .select([name.as('name'), microsOf('at').as('position')])
    .where('mode', '=', mode)
    .$if(after !== null, (query) => query.where(older(after as Cursor)))
    .orderBy('at', 'desc')
    .orderBy(name, 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ position, name: id }) => ({ position, id }));
}
