import { ProblemError } from '@api-factory/core';

const NOT_URL = /[^!-~]/;

/**
 * Refuses a URL that can't be read as it was meant: Fastify leaves a query that is not valid UTF-8,
 * once its percent-encoding is undone, as it is. The path is checked by its router.
 * @returns the refusal, or null
 */
export function urlProblem(url: string): ProblemError | null {
  if (NOT_URL.test(url)) return refusal('The URL holds characters that must be percent-encoded.');
  const query = url.indexOf('?');
  if (query === -1 || !url.includes('%', query)) return null;
  try {
    decodeURIComponent(url.slice(query));
    return null;
  } catch {
    return refusal('The query is not valid UTF-8 in percent-encoding.');
  }
}

const refusal = (detail: string): ProblemError => new ProblemError('BAD_REQUEST', { detail });
