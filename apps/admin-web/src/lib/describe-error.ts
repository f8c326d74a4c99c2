import { isApiError } from '@api-factory/sdk-ts';
import { capitalized } from './format.ts';

/** What a person should know of a failure. */
export interface ErrorDescription {
  title: string;
  /** What it means or what to do. */
  detail: string;
  code: string | null;
  /** The page of the code. */
  page: string | null;
  requestId: string | null;
  /** Findings about single fields; `pointer` is an RFC 6901 pointer in a fragment. */
  fields: { pointer: string; detail: string }[];
}

/** Reads a failure of any kind into words. */
export function describeError(error: unknown): ErrorDescription {
  if (isApiError(error)) {
    return {
      title: error.title,
      detail: error.detail ?? '',
      code: error.code,
      page: error.code === 'UNKNOWN' ? null : `/docs/errors/${error.code}`,
      requestId: error.requestId ?? null,
      fields: error.errors ?? [],
    };
  }
  const nothing = { code: null, page: null, requestId: null, fields: [] };
  if (error instanceof Error && error.name === 'NetworkError') {
    return { ...nothing, title: 'API-Factory can’t be reached', detail: 'Check that it runs. This page tries again by itself.' };
  }
  return { ...nothing, title: 'Something went wrong in this page', detail: error instanceof Error ? error.message : String(error) };
}

/**
 * What the API found wrong with the fields of a form, in sentences. Of several findings of one field the first counts; what is about no
 * field is left out.
 * @param fieldOf the field that a pointer such as `#/name` is about
 */
export function fieldFindings<F extends string>(error: unknown, fieldOf: (pointer: string) => F | null): Partial<Record<F, string>> {
  const findings: Partial<Record<F, string>> = {};
  for (const { pointer, detail } of isApiError(error, 'VALIDATION_FAILED') ? error.errors : []) {
    const field = fieldOf(pointer);
    if (field !== null) findings[field] ??= capitalized(detail);
  }
  return findings;
}

/** The `fieldOf` of a form whose fields are called like those of the body. */
export const bodyField =
  <const F extends string>(fields: readonly F[]) =>
  (pointer: string): F | null =>
    fields.find((field) => pointer === `#/${field}`) ?? null;
