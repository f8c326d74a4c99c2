import { type ApiFactoryOptions, client, configure } from '@api-factory/sdk-ts';
import { currentSession, sessionEnded } from './session.ts';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Lets every function of the SDK talk to the server that this page came from: the session’s cookie goes along by itself, writes carry the
 * CSRF token. A call with a pasted API key goes without the cookie, and its 401 says nothing of the session.
 */
export function startTransport(): void {
  const options: ApiFactoryOptions = { baseUrl: globalThis.location.origin, fetch: sessionFetch, retries: 0 };
  configure(client, options);
}

async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (request.headers.has('authorization')) return fetch(new Request(request, { credentials: 'omit' }));
  const state = currentSession();
  if (state.phase === 'signed-in' && WRITES.has(request.method)) request.headers.set('x-csrf-token', state.session.csrfToken);
  const response = await fetch(request);
  if (response.status === 401) sessionEnded();
  return response;
}
