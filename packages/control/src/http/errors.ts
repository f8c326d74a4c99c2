import { ProblemError } from '@api-factory/core';

/** 400 VALIDATION_FAILED for one field. `pointer` is RFC 6901 in a fragment (`#/plan`, `#/query/cursor`); `detail` goes on "must be …". */
export const invalid = (pointer: string, detail: string): ProblemError =>
  new ProblemError('VALIDATION_FAILED', { detail: `${pointer} ${detail}`, errors: [{ pointer, detail }] });

/** 404 for an object that is not there. The id is not repeated: someone may have pasted a key in its place. `kind` is a word of the glossary. */
export const notFound = (kind: string): ProblemError => new ProblemError('NOT_FOUND', { detail: `There is no ${kind} with this id.` });
