import { ProblemError } from '@api-factory/core';

/**
 * 400 VALIDATION_FAILED for one field. `pointer` is an RFC 6901 fragment (`#/plan`,
 * `#/query/cursor`); `detail` continues the sentence after it, "must be …".
 */
export const invalid = (pointer: string, detail: string): ProblemError =>
  new ProblemError('VALIDATION_FAILED', { detail: `${pointer} ${detail}`, errors: [{ pointer, detail }] });

/**
 * 404 for a missing object. The id is not repeated: someone may have pasted a key. `kind` is a term
 * of the glossary.
 */
export const notFound = (kind: string): ProblemError => new ProblemError('NOT_FOUND', { detail: `No ${kind} has this id.` });
