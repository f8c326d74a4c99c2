import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Cursor, type Page, pageUpTo, toPage } from '../http/page.ts';
import type { Database } from './database.ts';

/**
 * Rows that one list request scans for matches. On a small machine that takes about 0.1 s; without
 * a limit, a rare status in a month of events would read all of them.
 */
export const MOST_SCANNED = 50_000;

/** A list in index order, with a filter that no index covers. */
export interface BoundedScan<Position extends object> {
  /**
   * `select ${columns} from … where … order by …`, without a limit. An index must provide this
   * order and these conditions, so that rows can be read one by one.
   */
  inOrder: (columns: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** The same order by column names. */
  order: RawBuilder<unknown>;
  /** The columns that `cursorOf` reads. */
  positionColumns: RawBuilder<unknown>;
  cursorOf: (positionColumns: Position) => Cursor;
  /** The filter. */
  matches: RawBuilder<SqlBool>;
  limit: number;
  mostScanned?: number | undefined;
}

/**
 * Reads one page and scans a limited number of rows for it. When the limit is reached first, the
 * page is short or empty, and its cursor continues after the last scanned row: following the
 * cursors finds every match once. Both statements read one snapshot, so that a concurrent insert
 * can’t shift the start of the next page.
 */
export function scanPage<Row extends Position, Position extends object>(
  db: Database,
  { inOrder, order, positionColumns, cursorOf, matches, limit, mostScanned = MOST_SCANNED }: BoundedScan<Position>,
): Promise<Page<Row>> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      // A sort or a sequential scan would read every row before returning the first.
      await sql`set local enable_sort = off; set local enable_seqscan = off; set local enable_bitmapscan = off; set local jit = off`.execute(
        tx,
      );
      const bound = sql.lit(mostScanned);
      const { rows } = await sql<Row>`
        select * from (${inOrder(sql`*`)} limit ${bound}) scanned where ${matches} order by ${order} limit ${limit + 1}`.execute(tx);
      if (rows.length > limit) return toPage(rows, limit, cursorOf);
      const { rows: edges } = await sql<Position>`${inOrder(positionColumns)} offset ${bound} - 1 limit 1`.execute(tx);
      return pageUpTo(rows, edges[0] === undefined ? null : cursorOf(edges[0]));
    });
}
