import { isApiError } from '@api-factory/sdk-ts';

/** What a person should know of a failure. */
export interface Fault {
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
export function faultOf(error: unknown): Fault {
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
