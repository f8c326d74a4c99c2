import { type ApiFactoryOptions, client, configure } from '@api-factory/sdk-ts';
import { withoutKeys } from './pasted-keys.ts';
import { currentSession, heedOtherTabs, resumeSession, sessionEnded } from './session.ts';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Lets every function of the SDK talk to the server that this page came from: the session’s cookie goes along by itself, writes carry the
 * CSRF token. A call with a pasted API key goes without the cookie, and its 401 says nothing of the session. Signs out with the other tabs.
 * @param onNoAnswer hears at once when a call got no answer, though what asked may try again or be gone by then
 */
export function startTransport(onNoAnswer: () => void): void {
  const send: typeof fetch = (input, init) =>
    sessionFetch(input, init).catch((error: unknown) => {
      if (!isAbort(error)) onNoAnswer();
      throw error;
    });
  const options: ApiFactoryOptions = { baseUrl: globalThis.location.origin, fetch: send, retries: 0 };
  configure(client, options);
  heedOtherTabs();
}

/** A call that was called off, say because its page was left. */
const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (request.headers.has('authorization')) return fetch(new Request(request, { credentials: 'omit' }));
  if (!WRITES.has(request.method)) return noteEnd(await fetch(new Request(withoutKeys(request.url), request)));
  const again = request.clone();
  const response = await fetch(withCsrfToken(request));
  if (response.status !== 403 || !(await isForeignToken(response))) return noteEnd(response);
  // Another tab has signed in anew: the cookie is of that session, the token of the one before. Nothing was done.
  await resumeSession();
  return noteEnd(await fetch(withCsrfToken(again)));
}

function withCsrfToken(request: Request): Request {
  const state = currentSession();
  if (state.phase === 'signed-in') request.headers.set('x-csrf-token', state.session.csrfToken);
  return request;
}

async function isForeignToken(response: Response): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (
    typeof body === 'object' && body !== null && 'code' in body && body.code === 'CSRF_REJECTED' && currentSession().phase === 'signed-in'
  );
}

function noteEnd(response: Response): Response {
  if (response.status === 401) sessionEnded();
  return response;
}
