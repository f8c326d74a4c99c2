import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Cursor, type Page, pageUpTo, toPage } from '../http/page.ts';
import type { Database } from './database.ts';

/**
 * Rows that one request of a list looks through for those that fit its filter. On a small machine that takes about a tenth of a
 * second; without a bound, a rare status among a month of events reads all of them.
 */
export const MOST_SCANNED = 50_000;

/** A list in the order of an index, with a filter that no index answers. */
export interface BoundedScan<Position extends object> {
  /**
   * `select ${columns} from … where … order by …`, without a limit: an index must give this order and these conditions, so that
   * rows can be taken one by one.
   */
  inOrder: (columns: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** The order once more, by the names of the columns. */
  order: RawBuilder<unknown>;
  /** Columns of a positionColumns in the list, for `cursorOf`. */
  positionColumns: RawBuilder<unknown>;
  cursorOf: (positionColumns: Position) => Cursor;
  /** What the filter lets through. */
  matches: RawBuilder<SqlBool>;
  limit: number;
  mostScanned?: number | undefined;
}

/**
 * Reads one page and looks through a bounded number of rows for it. When the bound is reached first, the page is short, or empty,
 * and its cursor goes on behind the last row that was looked at: a walk along the cursors finds every row that fits, once.
 * Both statements read one snapshot: a row that comes in between them must not move the positionColumns where the next page begins.
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
      // Sorting, or reading a table as it lies, would look at every row before the first one is known.
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
