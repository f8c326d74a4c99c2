import type { ErrorCode } from './codes.ts';
import type { Problem } from './generated/index.ts';
import { type RateLimits, rateLimitsOf, retryAfterSecondsOf } from './ratelimit.ts';

/**
 * An invalid field: its RFC 6901 pointer as a URI fragment, such as `#/payload/size`, and what is
 * allowed.
 */
export interface FieldError {
  pointer: string;
  detail: string;
}

/**
 * An error response: a problem (RFC 9457) of the product, or any other response, with the code
 * `UNKNOWN`.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  /** Explains this occurrence of the error, or how to fix it. */
  readonly detail: string;
  /** URL of the code’s documentation. */
  readonly type: string;
  /** Request ID, for reports to the operator. */
  readonly requestId: string | null;
  /** The invalid fields; empty unless the code is VALIDATION_FAILED. */
  readonly errors: FieldError[];
  readonly retryAfterSeconds: number | null;
  readonly rateLimits: RateLimits;
  /** Where to settle the payment of a suspended key. */
  readonly billingUrl: string | null;
  /** The response body: parsed if it is JSON, otherwise text. */
  readonly body: unknown;
  readonly response: Response;

  /** @param url of the request: a problem’s `type` is relative to it (RFC 9457, section 3.1.1) */
  constructor(body: unknown, response: Response, url: string) {
    const problem = problemOf(body);
    const title = problem.title ?? `Unexpected response with status ${response.status}`;
    super(problem.detail ?? title);
    this.code = (problem.code as ErrorCode | undefined) ?? 'UNKNOWN';
    this.status = response.status;
    this.title = title;
    this.detail = this.message;
    this.type = new URL(problem.type ?? 'about:blank', url).href;
    this.requestId = problem.meta?.requestId ?? response.headers.get('x-request-id');
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSecondsOf(response.headers, Date.now());
    this.rateLimits = rateLimitsOf(response);
    this.billingUrl = problem.billingUrl ?? null;
    this.body = body;
    this.response = response;
  }
}

/**
 * There was no response, or it was cut off; see `cause`. An aborted call throws its signal’s
 * `reason` instead.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Whether an error is an `ApiError`, optionally with this code. */
export function isApiError<Code extends ErrorCode>(error: unknown, code?: Code): error is ApiError & { code: Code } {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

/** Converts every failure to its error type; an error interceptor of the generated client. */
export function typedError(error: unknown, response: Response | undefined, request: Request): unknown {
  if (response) return new ApiError(error, response, request.url);
  if (error instanceof ApiError || request.signal.aborted) return error;
  return new NetworkError(`${request.method} ${new URL(request.url).pathname} received no response`, { cause: error });
}

/**
 * The body if it is a problem of the product, recognized by its `type`, the documentation of its
 * code; otherwise empty. Errors of an upstream or a proxy have another type.
 */
export function problemOf(body: unknown): Partial<Problem> {
  const problem: Partial<Problem> = body ?? {};
  return String(problem.type).endsWith(`/docs/errors/${problem.code}`) ? problem : {};
}
