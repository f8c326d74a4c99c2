import { ProblemError } from '@api-factory/core';

const NOT_URL = /[^!-~]/;

/**
 * Refuses a malformed URL. Fastify passes a query that does not decode to valid UTF-8 through
 * undecoded; its router checks the path.
 * @returns the refusal, or null
 */
export function urlProblem(url: string): ProblemError | null {
  if (NOT_URL.test(url)) return refusal('The URL contains characters that must be percent-encoded.');
  const query = url.indexOf('?');
  if (query === -1 || !url.includes('%', query)) return null;
  try {
    decodeURIComponent(url.slice(query));
    return null;
  } catch {
    return refusal('The query string is not valid percent-encoded UTF-8.');
  }
}

const refusal = (detail: string): ProblemError => new ProblemError('BAD_REQUEST', { detail });
