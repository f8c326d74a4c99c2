import { Type } from 'typebox';
import { invalid } from './errors.ts';

/** Not storable as Postgres text: U+0000 and lone surrogates. */
const NOT_STORABLE = /\0|\p{Surrogate}/u;

/** Query fields of every list. */
export const PAGE_FIELDS = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 400, description: 'opaque; from `meta.pagination` of the previous page' })),
};

/**
 * Start of a page: after the row with this position and id. `position` is the number that the list
 * is sorted by.
 */
export interface Cursor {
  position: number;
  id: string;
}

/** One row more than `limit` is read, to detect a next page. */
export interface PageRequest {
  limit: number;
  after: Cursor | null;
}

export interface Page<Row> {
  rows: Row[];
  cursor: string | null;
  hasMore: boolean;
}

/** @throws ProblemError VALIDATION_FAILED for a malformed cursor */
export const pageRequest = (query: { limit?: number; cursor?: string }): PageRequest => ({
  limit: query.limit ?? 50,
  after: query.cursor === undefined ? null : decodeCursor(query.cursor),
});

/** Cuts `limit + 1` rows to a page. `cursorOf` returns a row’s position in the list. */
export function toPage<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => Cursor): Page<Row> {
  const hasMore = rows.length > limit;
  const shown = hasMore ? rows.slice(0, limit) : rows;
  const last = shown.at(-1);
  return { rows: shown, cursor: hasMore && last ? encodeCursor(cursorOf(last)) : null, hasMore };
}

/**
 * A page that ends at a given cursor instead of its last row, and may be short or empty. `null`:
 * the list ends there.
 */
export const pageUpTo = <Row>(rows: Row[], end: Cursor | null): Page<Row> => ({
  rows,
  cursor: end && encodeCursor(end),
  hasMore: end !== null,
});

function encodeCursor({ position, id }: Cursor): string {
  return Buffer.from(JSON.stringify([position, id])).toString('base64url');
}

function decodeCursor(text: string): Cursor {
  const refusal = () => invalid('#/query/cursor', 'is not a cursor of this list');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw refusal();
  }
  if (!Array.isArray(value) || value.length !== 2) throw refusal();
  const [position, id] = value;
  if (!Number.isSafeInteger(position) || position < 0 || typeof id !== 'string' || NOT_STORABLE.test(id)) throw refusal();
  return { position, id };
}
