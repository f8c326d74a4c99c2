import { ApiError, problemOf } from './errors.ts';
import { retryAfterSecondsOf } from './ratelimit.ts';

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
const TRANSIENT = new Set([429, 502, 503, 504]);
/**
 * The gateway refuses calls with these codes before executing or charging them, so that even a POST
 * can be retried.
 */
const NOT_EXECUTED = new Set(['RATE_LIMITED', 'QUOTA_UNAVAILABLE', 'SNAPSHOT_STALE', 'OVERLOADED']);
const MAX_DELAY_MS = 30_000;
const INITIAL_DELAY_MS = 250;

/** The result of an attempt. */
export interface Attempt {
  /** Whether the call can be repeated without executing it twice. */
  repeatable: boolean;
  /** null: no response. */
  status: number | null;
  /** The problem's code; null if there is none. */
  code: string | null;
  retryAfterSeconds: number | null;
  /** 0 for the first attempt. */
  index: number;
}

/**
 * A `fetch` that retries a call up to `retries` times if there is no response, or a 429, 502, 503
 * or 504. The delay is `Retry-After`, or else grows exponentially. It never
 *
 * - retries QUOTA_EXCEEDED, or waits longer than 30 s: the error is thrown immediately
 * - retries a POST or PATCH that may have been executed. It retries one with an `Idempotency-Key`,
 *   or after a code that guarantees that nothing was executed. A 503 alone does not:
 *   DATABASE_UNAVAILABLE can hide a committed change.
 *
 * Aborting the signal also cancels the delay. A response counts only once it is read completely, so
 * that a truncated one is a failure.
 */
export function withRetries(fetchOnce: typeof fetch, retries: number): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const repeatable = IDEMPOTENT.has(request.method) || request.headers.has('idempotency-key');
    for (let index = 0; ; index++) {
      const { response, code, failure } = await attempt(fetchOnce, index < retries ? request.clone() : request);
      const retryAfterSeconds = response ? retryAfterSecondsOf(response.headers, Date.now()) : null;
      const result = { repeatable, status: response?.status ?? null, code, retryAfterSeconds, index };
      const delayMs = index < retries && !request.signal.aborted ? retryDelayMs(result, Math.random()) : null;
      if (delayMs !== null) await pause(delayMs, request.signal);
      else if (response) return response;
      else throw failure;
    }
  };
}

/**
 * The delay before the next attempt, or null when the call must not be retried.
 * @param jitter from 0 to 1, so that many clients don’t retry at the same moment. It only adds to
 * `Retry-After`.
 */
export function retryDelayMs({ repeatable, status, code, retryAfterSeconds, index }: Attempt, jitter: number): number | null {
  if (code === 'QUOTA_EXCEEDED' || (status !== null && !TRANSIENT.has(status))) return null;
  if (!repeatable && !(retryAfterSeconds !== null && NOT_EXECUTED.has(code ?? ''))) return null;
  const delayMs = retryAfterSeconds === null ? Math.min(INITIAL_DELAY_MS * 2 ** index, MAX_DELAY_MS) : retryAfterSeconds * 1_000;
  return delayMs > MAX_DELAY_MS ? null : delayMs + jitter * INITIAL_DELAY_MS;
}

async function attempt(fetchOnce: typeof fetch, request: Request) {
  try {
    const response = await fetchOnce(request);
    const text = await response.clone().text();
    // An HTML page instead of data comes from a proxy, for example its sign-in page.
    if (response.ok && response.headers.get('content-type')?.startsWith('text/html')) throw new ApiError(text, response, request.url);
    const body: unknown = TRANSIENT.has(response.status) ? await new Response(text).json().catch(() => null) : null;
    return { response, code: problemOf(body).code ?? null, failure: null };
  } catch (failure) {
    return { response: null, code: null, failure };
  }
}

/** @throws the signal’s reason when it is aborted */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    // Not removed: the signal belongs to this request and is garbage-collected with it.
    signal.addEventListener('abort', stop, { once: true });
  });
}
