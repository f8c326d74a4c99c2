import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Cursor } from '../http/page.ts';

/**
 * Lists sorted newest first, by time and id. The position in a cursor is whole microseconds, the resolution of the column:
 * milliseconds would skip rows that were written by one statement.
 */
export const microsOf = (createdAt: string): RawBuilder<number> =>
  sql<number>`(extract(epoch from ${sql.ref(createdAt)}) * 1000000)::bigint`;

/** Rows that come after the cursor, newest first. `createdAt` and `id` are qualified columns. */
export const olderThan = (after: Cursor, createdAt: string, id: string): Expression<SqlBool> =>
  sql<SqlBool>`(${sql.ref(createdAt)}, ${sql.ref(id)}) < (timestamptz 'epoch' + ${after.position}::bigint * interval '1 microsecond', ${after.id})`;

/** Rows that come after the cursor, oldest first. */
export const newerThan = (after: Cursor, createdAt: string, id: string): Expression<SqlBool> =>
  sql<SqlBool>`(${sql.ref(createdAt)}, ${sql.ref(id)}) > (timestamptz 'epoch' + ${after.position}::bigint * interval '1 microsecond', ${after.id})`;

/** A text as it stands in a pattern of `like`: what it holds of wildcards means itself. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
