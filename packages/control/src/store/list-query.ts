import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Cursor } from '../http/page.ts';

/**
 * Keyset pagination by creation time and id. The cursor holds whole microseconds, the column’s
 * resolution: milliseconds would skip rows written by one statement.
 */
export const microsOf = (createdAt: string): RawBuilder<number> =>
  sql<number>`(extract(epoch from ${sql.ref(createdAt)}) * 1000000)::bigint`;

/**
 * Condition for the rows after the cursor, newest first. `createdAt` and `id` are qualified
 * columns.
 */
export const olderThan = (after: Cursor, createdAt: string, id: string): Expression<SqlBool> =>
  sql<SqlBool>`(${sql.ref(createdAt)}, ${sql.ref(id)}) < (timestamptz 'epoch' + ${after.position}::bigint * interval '1 microsecond', ${after.id})`;

/** Condition for the rows after the cursor, oldest first. */
export const newerThan = (after: Cursor, createdAt: string, id: string): Expression<SqlBool> =>
  sql<SqlBool>`(${sql.ref(createdAt)}, ${sql.ref(id)}) > (timestamptz 'epoch' + ${after.position}::bigint * interval '1 microsecond', ${after.id})`;

/** Escapes the wildcards of a `like` pattern. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
