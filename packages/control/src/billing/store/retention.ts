import type { BillingMode } from '@api-factory/core';
import type { Database } from '../../store/database.ts';
import { isTracked } from './customers.ts';

const DAY_MS = 86_400_000;
const CUSTOMERS_MS = 30 * DAY_MS;
/** Stripe expires an unpaid session after a day. */
const CHECKOUTS_MS = 30 * DAY_MS;
/** Longer than Stripe lists or resends an event, so that late duplicates are recognized. */
const EVENTS_MS = 35 * DAY_MS;
const REPORTS_MS = 400 * DAY_MS;

/**
 * Deletes unpaid checkouts and untracked customers after 30 days, settled events after 35, drift
 * and flags after 400.
 */
export async function deleteExpired(db: Database, mode: BillingMode, now: Date): Promise<void> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  await db
    .deleteFrom('checkouts')
    .where('mode', '=', mode)
    .where('state', 'in', ['open', 'expired'])
    .where('created_at', '<', before(CHECKOUTS_MS))
    .execute();
  await deleteUntrackedCustomers(db, mode, before(CUSTOMERS_MS));
  await db
    .deleteFrom('stripe_events')
    .where('mode', '=', mode)
    .where('state', 'in', ['done', 'ignored'])
    .where('received_at', '<', before(EVENTS_MS))
    .execute();
  await db.deleteFrom('billing_drift').where('mode', '=', mode).where('at', '<', before(REPORTS_MS)).execute();
  await db.deleteFrom('billing_flags').where('mode', '=', mode).where('at', '<', before(REPORTS_MS)).execute();
}

/** Keeps customers that are being synced or are due. */
async function deleteUntrackedCustomers(db: Database, mode: BillingMode, before: Date): Promise<void> {
  await db
    .deleteFrom('stripe_customers')
    .where('mode', '=', mode)
    .where('id', 'in', (from) =>
      from
        .selectFrom('stripe_customers')
        .select('id')
        .where('mode', '=', mode)
        .where('created_at', '<', before)
        .where('wanted_at', 'is', null)
        .where('lease_until', 'is', null)
        .where(({ not, exists, selectFrom, ref }) =>
          not(
            exists(
              selectFrom('disputes as d')
                .select('d.id')
                .where('d.mode', '=', ref('stripe_customers.mode'))
                .where('d.customer_id', '=', ref('stripe_customers.id')),
            ),
          ),
        )
        .where((where) => where.not(isTracked(where)))
        // A locked row is being synced or requested.
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}
