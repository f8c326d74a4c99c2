import type { ErrorCode } from './codes.ts';
import type { Problem } from './generated/index.ts';
import { type RateLimits, rateLimitsOf, retryAfterSecondsOf } from './ratelimit.ts';

/**
 * One field that is wrong: an RFC 6901 pointer as a fragment, like `#/payload/size`, and what the
 * field may be.
 */
export interface FieldError {
  pointer: string;
  detail: string;
}

/**
 * An answer that is an error: a problem (RFC 9457) of the product, or with code `UNKNOWN` whatever
 * else stood in its place.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  /** What is wrong in this very case, or what to do. */
  readonly detail: string;
  /** Address of the code’s page. */
  readonly type: string;
  /** What the operator finds the call by. */
  readonly requestId: string | null;
  /** Fields that are wrong; empty unless the code is VALIDATION_FAILED. */
  readonly errors: FieldError[];
  readonly retryAfterSeconds: number | null;
  readonly rateLimits: RateLimits;
  /** Where the payment of a suspended key is settled. */
  readonly billingUrl: string | null;
  /** The body as it came: parsed where it is JSON, else its text. */
  readonly body: unknown;
  readonly response: Response;

  /** @param url of the request: a problem’s `type` is relative to it (RFC 9457, section 3.1.1) */
  constructor(body: unknown, response: Response, url: string) {
    const problem = problemOf(body);
    const title = problem.title ?? `Unexpected answer with status ${response.status}`;
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
 * No answer came, or it broke off; `cause` says why. A call that you abort is none: it throws the
 * reason of your signal.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Whether it is an answer’s error, and of this code if you name one. */
export function isApiError<Code extends ErrorCode>(error: unknown, code?: Code): error is ApiError & { code: Code } {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

/** Gives every failure of a call its type; an error interceptor of the generated client. */
export function typedError(error: unknown, response: Response | undefined, request: Request): unknown {
  if (response) return new ApiError(error, response, request.url);
  if (error instanceof ApiError || request.signal.aborted) return error;
  return new NetworkError(`${request.method} ${new URL(request.url).pathname} got no answer`, { cause: error });
}

/**
 * The body, if it is a problem of the product: its type is the page of its code. An upstream’s or a
 * proxy’s own errors are of another.
 */
export function problemOf(body: unknown): Partial<Problem> {
  const problem: Partial<Problem> = body ?? {};
  return String(problem.type).endsWith(`/docs/errors/${problem.code}`) ? problem : {};
}
