import { CODES, type Code } from '@api-factory/core';

/**
 * Who may call: the operator, by key or session; for a consumer’s own key, an API key in either
 * header.
 */
const SECURITY = {
  operator: [{ bearerAuth: [] }, { sessionCookie: [] }],
  consumer: [{ bearerAuth: [] }, { apiKeyAuth: [] }],
} satisfies Record<string, Record<string, string[]>[]>;

/** The OpenAPI fields of a route beyond its schemas. */
export const operation = (operationId: string, tag: string, summary: string, who: keyof typeof SECURITY = 'operator') => ({
  operationId,
  tags: [tag],
  summary,
  security: SECURITY[who],
});

const ALWAYS: Code[] = [
  'CREDENTIAL_CONFLICT',
  'UNAUTHORIZED',
  'INVALID_KEY',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
  'INTERNAL_ERROR',
];

/**
 * Error responses of a route, grouped by status. The errors of authentication are always included.
 */
export function problems(...codes: Code[]): object {
  const byStatus = new Map<number, string[]>();
  for (const code of new Set([...codes, ...ALWAYS])) {
    const { status } = CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, named]) => [
      status,
      { description: named.join(', '), content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } },
    ]),
  );
}
