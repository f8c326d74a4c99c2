import { type ApiFactoryOptions, client, configure } from '@api-factory/sdk-ts';
import { withoutKeys } from './pasted-keys.ts';
import { currentSession, followOtherTabs, resumeSession, sessionEnded } from './session.ts';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Configures the SDK to call this page’s origin with the session cookie, and writes with the CSRF
 * token. Calls with a pasted API key omit the cookie, and their 401 doesn’t end the session. Signs
 * out when another tab does.
 * @param onNoResponse called as soon as a request gets no response, even if the caller retries
 */
export function startTransport(onNoResponse: () => void): void {
  const send: typeof fetch = (input, init) =>
    sessionFetch(input, init).catch((error: unknown) => {
      if (!isAbort(error)) onNoResponse();
      throw error;
    });
  const options: ApiFactoryOptions = { baseUrl: globalThis.location.origin, fetch: send, retries: 0 };
  configure(client, options);
  followOtherTabs();
}

/** The request was cancelled, for example because its page was left. */
const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (request.headers.has('authorization')) return fetch(new Request(request, { credentials: 'omit' }));
  if (!WRITES.has(request.method)) return checkSession(await fetch(new Request(withoutKeys(request.url), request)));
  const copy = request.clone();
  const response = await fetch(withCsrfToken(request));
  if (response.status !== 403 || !(await isStaleCsrfToken(response))) return checkSession(response);
  // Another tab signed in again, so the cookie is newer than our token. The server changed nothing,
  // so the request is retried.
  await resumeSession();
  return checkSession(await fetch(withCsrfToken(copy)));
}

function withCsrfToken(request: Request): Request {
  const state = currentSession();
  if (state.phase === 'signed-in') request.headers.set('x-csrf-token', state.session.csrfToken);
  return request;
}

async function isStaleCsrfToken(response: Response): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (
    typeof body === 'object' && body !== null && 'code' in body && body.code === 'CSRF_REJECTED' && currentSession().phase === 'signed-in'
  );
}

function checkSession(response: Response): Response {
  if (response.status === 401) sessionEnded();
  return response;
}
