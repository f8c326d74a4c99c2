import type { BillingMode } from '@api-factory/core';
import type { Database } from '../../store/database.ts';
import { isOurs } from './customers.ts';

const DAY_MS = 86_400_000;
const CUSTOMERS_MS = 30 * DAY_MS;
/** A session that nobody pays expires after a day. */
const CHECKOUTS_MS = 30 * DAY_MS;
/** Longer than Stripe lists an event or sends it again, so that one that comes late is known. */
const EVENTS_MS = 35 * DAY_MS;
const REPORTS_MS = 400 * DAY_MS;

/**
 * Forgets what nobody needs any more: checkouts that were not paid and customers that have nothing to do with us (30 days), events that were settled (35 days),
 * drift and flags (400 days).
 */
export async function forgetOld(db: Database, mode: BillingMode, now: Date): Promise<void> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  await db
    .deleteFrom('checkouts')
    .where('mode', '=', mode)
    .where('state', 'in', ['open', 'expired'])
    .where('created_at', '<', before(CHECKOUTS_MS))
    .execute();
  await forgetCustomers(db, mode, before(CUSTOMERS_MS));
  await db
    .deleteFrom('stripe_events')
    .where('mode', '=', mode)
    .where('state', 'in', ['done', 'ignored'])
    .where('received_at', '<', before(EVENTS_MS))
    .execute();
  await db.deleteFrom('billing_drift').where('mode', '=', mode).where('at', '<', before(REPORTS_MS)).execute();
  await db.deleteFrom('billing_flags').where('mode', '=', mode).where('at', '<', before(REPORTS_MS)).execute();
}

/** One that somebody looks at, or wants to, is left. */
async function forgetCustomers(db: Database, mode: BillingMode, before: Date): Promise<void> {
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
        .where((where) => where.not(isOurs(where)))
        // One that is locked is being looked at or wanted: it is not forgotten.
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}
