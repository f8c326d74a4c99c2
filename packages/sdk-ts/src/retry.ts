import { ApiError, problemOf } from './errors.ts';
import { retryAfterSecondsOf } from './ratelimit.ts';

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
const TRANSIENT = new Set([429, 502, 503, 504]);
/**
 * The gateway answers these before the call has done or cost anything, so that even a POST can be
 * sent again.
 */
const NOTHING_DONE = new Set(['RATE_LIMITED', 'QUOTA_UNAVAILABLE', 'SNAPSHOT_STALE', 'OVERLOADED']);
const LONGEST_WAIT_MS = 30_000;
const FIRST_WAIT_MS = 250;

/** What one attempt came to. */
export interface Attempt {
  /** Sending it again does nothing twice. */
  repeatable: boolean;
  /** null: no answer. */
  status: number | null;
  /** Of the problem, if it is one. */
  code: string | null;
  retryAfterSeconds: number | null;
  /** 0 for the first. */
  index: number;
}

/**
 * A `fetch` that sends a call again, at most `retries` times, when there was no answer or a 429,
 * 502, 503 or 504. It waits for `Retry-After`, else longer each time. What it never does:
 *
 * - retry QUOTA_EXCEEDED, or wait longer than 30 s: the error is thrown at once
 * - send a POST or PATCH again that may have been done. It is sent again with an `Idempotency-Key`,
 *   or when the code says that the call was refused before it began. A 503 alone does not say so:
 *   DATABASE_UNAVAILABLE can hide a change that was committed.
 *
 * An aborted signal ends the waiting, too. An answer is read to its end before it counts, so that
 * one that breaks off is a failure.
 */
export function withRetries(fetchOnce: typeof fetch, retries: number): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const repeatable = IDEMPOTENT.has(request.method) || request.headers.has('idempotency-key');
    for (let index = 0; ; index++) {
      const { response, code, failure } = await attempt(fetchOnce, index < retries ? request.clone() : request);
      const retryAfterSeconds = response ? retryAfterSecondsOf(response.headers, Date.now()) : null;
      const facts = { repeatable, status: response?.status ?? null, code, retryAfterSeconds, index };
      const waitMs = index < retries && !request.signal.aborted ? retryDelayMs(facts, Math.random()) : null;
      if (waitMs !== null) await pause(waitMs, request.signal);
      else if (response) return response;
      else throw failure;
    }
  };
}

/**
 * How long to wait before the next attempt, or null when there must be none.
 * @param jitter from 0 to 1, so that many clients don’t come back at the same moment; `Retry-After`
 * is never undercut
 */
export function retryDelayMs({ repeatable, status, code, retryAfterSeconds, index }: Attempt, jitter: number): number | null {
  if (code === 'QUOTA_EXCEEDED' || (status !== null && !TRANSIENT.has(status))) return null;
  if (!repeatable && !(retryAfterSeconds !== null && NOTHING_DONE.has(code ?? ''))) return null;
  const waitMs = retryAfterSeconds === null ? Math.min(FIRST_WAIT_MS * 2 ** index, LONGEST_WAIT_MS) : retryAfterSeconds * 1_000;
  return waitMs > LONGEST_WAIT_MS ? null : waitMs + jitter * FIRST_WAIT_MS;
}

async function attempt(fetchOnce: typeof fetch, request: Request) {
  try {
    const response = await fetchOnce(request);
    const text = await response.clone().text();
    // A page in place of data comes from a proxy or a sign-in in between.
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
    // The signal is that of this one request, and goes with it.
    signal.addEventListener('abort', stop, { once: true });
  });
}
