import { isApiError } from '@api-factory/sdk-ts';
import { capitalized } from './format.ts';

/** An error as shown to the operator. */
export interface ErrorDescription {
  title: string;
  /** What it means or what to do about it. */
  detail: string;
  code: string | null;
  /** Docs page of the code. */
  page: string | null;
  requestId: string | null;
  /** Errors of single fields. `pointer` is an RFC 6901 JSON pointer as a URI fragment. */
  fields: { pointer: string; detail: string }[];
}

/** Describes an error of any kind. */
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
  const noDetails = { code: null, page: null, requestId: null, fields: [] };
  if (error instanceof Error && error.name === 'NetworkError') {
    return { ...noDetails, title: 'Can’t reach API-Factory', detail: 'Check that it’s running. This page retries automatically.' };
  }
  return { ...noDetails, title: 'Something went wrong on this page', detail: error instanceof Error ? error.message : String(error) };
}

/**
 * Maps the API’s validation errors to the fields of a form: the first error of each field. Errors
 * that match no field are dropped.
 * @param fieldOf maps a pointer such as `#/name` to its field
 */
export function fieldFindings<F extends string>(error: unknown, fieldOf: (pointer: string) => F | null): Partial<Record<F, string>> {
  const findings: Partial<Record<F, string>> = {};
  for (const { pointer, detail } of isApiError(error, 'VALIDATION_FAILED') ? error.errors : []) {
    const field = fieldOf(pointer);
    if (field !== null) findings[field] ??= capitalized(detail);
  }
  return findings;
}

/** The `fieldOf` of a form whose fields have the same names as the request body’s. */
export const bodyField =
  <const F extends string>(fields: readonly F[]) =>
  (pointer: string): F | null =>
    fields.find((field) => pointer === `#/${field}`) ?? null;
