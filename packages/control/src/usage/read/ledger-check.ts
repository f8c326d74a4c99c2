import { sql } from 'kysely';
import { allowStatements, openDatabase } from '../../store/database.ts';

/** The result of comparing ledger and events. */
export interface LedgerReport {
  /**
   * Open quota periods; their events are kept regardless of the retention. Compared together with
   * the periods merged into them.
   */
  periods: number;
  /** Keys and periods for which ledger and events differ in calls or units. */
  differing: number;
  /**
   * Periods with fewer settled units than the ledger has. More settled units are fine: units of a
   * written-off lease have no events.
   */
  unsettled: number;
}

/**
 * The first day whose events are complete: days are dropped oldest first. A period may have ended,
 * and lost its events, before it was merged into a longer one. Without partitions nothing is
 * dropped.
 */
const FIRST_KEPT = sql`coalesce((select min(to_date(right(c.relname, 8), 'YYYYMMDD')) from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'usage_events'::regclass and c.relname ~ '^usage_events_[0-9]{8}$'), '-infinity')`;

/** A longer statement would slow down a database in use. */
const LONGEST_MS = 60_000;

/**
 * Compares ledger, events and settled units of the open quota periods, in one snapshot. Reads only;
 * used by `doctor`.
 * @throws the driver's error, 57014 when it takes too long
 */
export async function compareLedger(url: string): Promise<LedgerReport> {
  const db = openDatabase(url, { max: 1, purpose: 'maintenance' });
  try {
    return await db.transaction().execute(async (tx) => {
      await allowStatements(tx, LONGEST_MS);
      const { rows } = await sql<LedgerReport>`
        with open as (
          select period_id, settled from quotas where merged_into is null and starts_at <= now() and ends_at > now()
        ), merged as (
          select period_id, settled, starts_at from quotas where merged_into in (select period_id from open)
        ), compared as (
          select period_id from open union all select period_id from merged where starts_at >= ${FIRST_KEPT}
        ), booked as (
          select period_id, key_id, calls, units from ledger where period_id in (select period_id from compared)
        ), counted as (
          select period_id, key_id, count(*) as calls, sum(cost) as units from usage_events
          where period_id in (select period_id from compared) group by 1, 2
        )
        select (select count(*)::int from open) as periods,
          (select count(*)::int from booked full join counted c using (period_id, key_id)
            where (booked.calls, booked.units) is distinct from (c.calls, c.units)) as differing,
          (select count(*)::int from (select period_id, settled from open union all select period_id, settled from merged) p
            where settled < (select coalesce(sum(units), 0) from ledger where ledger.period_id = p.period_id)) as unsettled`.execute(tx);
      return rows[0] as LedgerReport;
    });
  } finally {
    await db.destroy();
  }
}
