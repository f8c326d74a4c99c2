import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import { type Cursor, type Page, type PageRequest, toPage } from '../../http/page.ts';
import { scanPage } from '../../store/bounded-scan.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { TimeRange } from './range.ts';
import type { Bucket, Group } from './schema.ts';

export interface EventFilter {
  keyId?: string;
  api?: string;
  /** Inclusive. */
  status?: { lowest: number; highest: number };
  from: Date | null;
  to: Date | null;
}

/**
 * Newest first, in the order of the indexes (time, or key and time). Conditions on `day` in
 * addition to `ts` let the planner skip partitions. No index covers `api` or `status`: with these
 * filters a page is a bounded scan, and may be short or empty although there is more.
 */
export async function listEvents(
  db: Database,
  filter: EventFilter,
  { limit, after, mostScanned }: PageRequest & { mostScanned?: number },
): Promise<Page<EventRow>> {
  const order = sql`ts desc, id desc`;
  const inOrder = (columns: RawBuilder<unknown>) => {
    const where = conditionsInOrder(filter, after);
    return sql`select ${columns} from usage_events ${where.length > 0 ? sql`where ${sql.join(where, sql` and `)}` : sql``} order by ${order}`;
  };
  const cursorOf = ({ ts, id }: Pick<EventRow, 'ts' | 'id'>) => ({ position: ts.getTime(), id });
  const matches = conditionsByScan(filter);
  if (matches.length > 0)
    return scanPage(db, {
      inOrder,
      order,
      positionColumns: sql`ts, id`,
      cursorOf,
      matches: sql`${sql.join(matches, sql` and `)}`,
      limit,
      mostScanned,
    });
  const { rows } = await sql<EventRow>`${inOrder(sql`*`)} limit ${limit + 1}`.execute(db);
  return toPage(rows, limit, cursorOf);
}

export type EventRow = Selectable<Tables['usage_events']>;

const conditionsInOrder = ({ keyId, from, to }: EventFilter, after: Cursor | null): RawBuilder<SqlBool>[] =>
  [
    keyId === undefined ? null : sql<SqlBool>`key_id = ${keyId}`,
    from && sql<SqlBool>`ts >= ${from} and day >= (${from}::timestamptz at time zone 'UTC')::date`,
    to && sql<SqlBool>`ts < ${to} and day <= (${to}::timestamptz at time zone 'UTC')::date`,
    after &&
      sql<SqlBool>`(ts, id) < (to_timestamp(${after.position}::float8 / 1000), ${after.id})
        and day <= (to_timestamp(${after.position}::float8 / 1000) at time zone 'UTC')::date`,
  ].filter((condition) => condition !== null);

const conditionsByScan = ({ api, status }: EventFilter): RawBuilder<SqlBool>[] =>
  [
    api === undefined ? null : sql<SqlBool>`api = ${api}`,
    status === undefined ? null : sql<SqlBool>`status between ${status.lowest} and ${status.highest}`,
  ].filter((condition) => condition !== null);

const TABLES = { minute: 'usage_minutes', hour: 'usage_hours', day: 'usage_days' } as const satisfies Record<Bucket, string>;
const GROUP_COLUMNS = { key: ['key_id'], route: ['api', 'route'], status: ['status'] } as const;

export interface SummaryRequest extends TimeRange {
  bucket: Bucket;
  /** Only this key. */
  keyId?: string;
  /** Only these keys. */
  keyIds?: string[];
  limit: number;
}

/** Totals of the roll-ups whose bucket starts in the range, oldest first; at most `limit` rows. */
export function sumUp(db: Database, request: SummaryRequest & { groupBy: Group | null; api?: string }) {
  const { from, to, bucket, groupBy, keyId, keyIds, api, limit } = request;
  const groups = ['bucket' as const, ...(groupBy ? GROUP_COLUMNS[groupBy] : [])];
  return db
    .selectFrom(TABLES[bucket])
    .where('bucket', '>=', from)
    .where('bucket', '<', to)
    .$if(keyId !== undefined, (query) => query.where('key_id', '=', keyId as string))
    .$if(keyIds !== undefined, (query) => query.where('key_id', 'in', keyIds as string[]))
    .$if(api !== undefined, (query) => query.where('api', '=', api as string))
    .select(groups)
    .select([
      sql<number>`sum(calls)::bigint`.as('calls'),
      sql<number>`sum(units)::bigint`.as('units'),
      sql<number>`sum(request_bytes)::bigint`.as('request_bytes'),
      sql<number>`sum(response_bytes)::bigint`.as('response_bytes'),
      sql<number>`sum(duration_ms)`.as('duration_ms'),
    ])
    .groupBy(groups)
    .orderBy(sql.join(groups.map((column) => sql.ref(column))))
    .limit(limit)
    .execute();
}

export type SumRow = Awaited<ReturnType<typeof sumUp>>[number];

/**
 * Refused calls by bucket and code, for minutes in the range, oldest first; at most `limit` rows.
 */
export function sumRefusals(db: Database, { from, to, bucket, keyId, keyIds, limit }: SummaryRequest): Promise<RefusalSum[]> {
  return db
    .selectFrom('usage_refusals')
    .where('minute', '>=', from)
    .where('minute', '<', to)
    .$if(keyId !== undefined, (query) => query.where('key_id', '=', keyId as string))
    .$if(keyIds !== undefined, (query) => query.where('key_id', 'in', keyIds as string[]))
    .select(sql<Date>`date_trunc(${bucket}, minute, 'UTC')`.as('bucket'))
    .select(['code', sql<number>`sum(count)::bigint`.as('count')])
    .groupBy(sql.raw('1, 2'))
    .orderBy(sql.raw('1, 2'))
    .limit(limit)
    .execute();
}

export interface RefusalSum {
  bucket: Date;
  code: string;
  count: number;
}

/** Newest first. */
export async function listQuarantined(db: Database, { limit, after }: PageRequest) {
  const rows = await db
    .selectFrom('usage_quarantine')
    .selectAll()
    .$if(after !== null, (query) => query.where('id', '<', after?.position as number))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, ({ id }) => ({ position: id, id: '' }));
}

export type QuarantinedRow = Awaited<ReturnType<typeof listQuarantined>> extends Page<infer Row> ? Row : never;
