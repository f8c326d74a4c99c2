import { sql, type Transaction } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';

/** A partition contains one UTC day, `YYYY-MM-DD`, and is named after it. */
const nameOf = (day: string): string => `usage_events_${day.replaceAll('-', '')}`;

/** The days that have a partition. */
export async function listPartitions(db: Database): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'usage_events'::regclass and c.relname ~ '^usage_events_[0-9]{8}$' order by 1`.execute(db);
  return rows.map(({ day }) => day);
}

/**
 * Changing partitions takes a lock that blocks inserts, so the lock timeout is short: a failed run
 * is retried later.
 */
async function change(db: Database, work: (tx: Transaction<Tables>) => Promise<void>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`set local lock_timeout = '2s'`.execute(tx);
    await sql`lock table usage_events in access exclusive mode`.execute(tx);
    await work(tx);
  });
}

/** Creates a day's partition and moves that day's rows from the default partition into it. */
export async function addPartition(db: Database, day: string): Promise<void> {
  const table = sql.table(nameOf(day));
  await change(db, async (tx) => {
    const { rows } = await sql`select where to_regclass(${nameOf(day)}) is null`.execute(tx);
    if (rows.length === 0) return;
    await sql`create table ${table} (like usage_events including all)`.execute(tx);
    await sql`alter table ${table} enable row level security`.execute(tx);
    await sql`with strays as (delete from usage_events_default where day = ${day} returning *) insert into ${table} select * from strays`.execute(
      tx,
    );
    const to = sql.lit(new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10));
    await sql`alter table usage_events attach partition ${table} for values from (${sql.lit(day)}) to (${to})`.execute(tx);
  });
}

export async function dropPartition(db: Database, day: string): Promise<void> {
  await change(db, async (tx) => {
    await sql`drop table if exists ${sql.table(nameOf(day))}`.execute(tx);
  });
}

/** The start of the oldest open quota period. */
export async function oldestOpenPeriod(db: Database, now: Date): Promise<Date | null> {
  const row = await db
    .selectFrom('quotas')
    .select((is) => is.fn.min('starts_at').as('startsAt'))
    .where('merged_into', 'is', null)
    .where('ends_at', '>', now)
    .executeTakeFirst();
  return (row?.startsAt as Date | null | undefined) ?? null;
}

/** Limits of retention: older rows are deleted. */
export interface Cutoffs {
  /** First day to keep, YYYY-MM-DD. */
  events: string;
  minutes: Date;
  /** For hour roll-ups and refusals. */
  hours: Date;
  answers: Date;
  /** Empty leases are deleted a week after their period ended. */
  openPeriods: Date;
}

export async function deleteOld(db: Database, cutoffs: Cutoffs): Promise<void> {
  await sql`delete from usage_events_default where day < ${cutoffs.events}::date`.execute(db);
  await db.deleteFrom('usage_minutes').where('bucket', '<', cutoffs.minutes).execute();
  await db.deleteFrom('usage_hours').where('bucket', '<', cutoffs.hours).execute();
  await db.deleteFrom('usage_refusals').where('minute', '<', cutoffs.hours).execute();
  await db.deleteFrom('idempotency').where('created_at', '<', cutoffs.answers).execute();
  // A lease stores the last request, which a gateway repeats until it gets an answer. Locked leases
  // are skipped until the next run: waiting while holding other locks could deadlock with a start.
  await sql`delete from leases where (gateway_id, period_id) in (
    select l.gateway_id, l.period_id from leases l join quotas q on q.period_id = l.period_id
    where l.units = 0 and q.ends_at < ${cutoffs.openPeriods}::timestamptz - interval '7 days' for update of l skip locked)`.execute(db);
}
