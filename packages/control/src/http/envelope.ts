import type { FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { Page } from './page.ts';

const RequestId = Type.String({ description: 'also in the header X-Request-Id' });

/** Schema of a successful response with one object. */
export const Answer = <T extends TSchema>(data: T) =>
  Type.Object({
    success: Type.Literal(true),
    data,
    error: Type.Null(),
    meta: Type.Object({ requestId: RequestId }),
  });

/** Schema of one page of a list. */
export const ListAnswer = <T extends TSchema>(item: T) =>
  Type.Object({
    success: Type.Literal(true),
    data: Type.Array(item),
    error: Type.Null(),
    meta: Type.Object({
      requestId: RequestId,
      pagination: Type.Object({
        cursor: Type.Union([Type.String(), Type.Null()], { description: 'cursor of the next page; null on the last page' }),
        hasMore: Type.Boolean({ description: 'whether there is a next page; a page can be short, or empty, even if there is one' }),
      }),
    }),
  });

export const answer = <T>(request: FastifyRequest, data: T) => ({
  success: true as const,
  data,
  error: null,
  meta: { requestId: request.id },
});

/** `present` converts a row into its public form. */
export const listAnswer = <Row, T>(request: FastifyRequest, page: Page<Row>, present: (row: Row) => T) => ({
  success: true as const,
  data: page.rows.map(present),
  error: null,
  meta: { requestId: request.id, pagination: { cursor: page.cursor, hasMore: page.hasMore } },
});
