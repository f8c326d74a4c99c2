import { getSession, signIn as requestSignIn, signOut as requestSignOut, signOutEverywhere } from '@api-factory/sdk-ts';
import { useSyncExternalStore } from 'react';

/**
 * The signed-in operator. The operator key itself is never stored: the session is an HttpOnly
 * cookie.
 */
export interface Session {
  operator: string;
  /** Sent with every write. Kept in memory, where no other origin can read it. */
  csrfToken: string;
  /** RFC 3339. */
  expiresAt: string;
}

export type SessionState =
  | { phase: 'unknown' }
  /** `ended`: it expired or was revoked while the console was open. */
  | { phase: 'signed-out'; ended: boolean }
  | { phase: 'signed-in'; session: Session };

let state: SessionState = { phase: 'unknown' };
const listeners = new Set<() => void>();

function setState(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

/** The session outside of React. */
export const currentSession = (): SessionState => state;

/** Subscribes to session changes. @returns unsubscribe */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): SessionState => useSyncExternalStore(onSessionChange, currentSession);

/**
 * Restores the browser’s session from the server.
 * @throws when the server can’t be reached; 401 means signed out
 */
export async function resumeSession(): Promise<void> {
  const { data, response } = await getSession({ throwOnError: false });
  if (response?.status === 401) return setState({ phase: 'signed-out', ended: false });
  if (data === undefined) throw new Error(`The session could not be loaded${response ? ` (status ${response.status})` : ''}.`);
  startSession(data.data);
}

/** Exchanges the operator key for a session. @throws ApiError INVALID_KEY, RATE_LIMITED */
export async function signIn(key: string): Promise<void> {
  const { data } = await requestSignIn({ body: { key }, throwOnError: true });
  startSession(data.data);
}

/**
 * Ends this session, or all sessions of this operator key. The console drops it even when the
 * request fails.
 */
export async function signOut({ everywhere }: { everywhere: boolean }): Promise<void> {
  try {
    await (everywhere ? signOutEverywhere({ throwOnError: true }) : requestSignOut({ throwOnError: true }));
  } finally {
    setState({ phase: 'signed-out', ended: false });
    notifyOtherTabs();
  }
}

/** Tabs share the cookie, so signing out in one must clear the others too. */
const CHANNEL = 'api-factory-session';

function notifyOtherTabs(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('ended');
  channel.close();
}

/** Signs out when another tab does. */
export function followOtherTabs(): void {
  new BroadcastChannel(CHANNEL).onmessage = sessionEnded;
}

/** Call when a request with the session cookie returned 401. */
export function sessionEnded(): void {
  if (state.phase === 'signed-in') setState({ phase: 'signed-out', ended: true });
}

function startSession({ operator, csrfToken, expiresAt }: { operator: string; csrfToken: string | null; expiresAt: string | null }): void {
  if (csrfToken === null || expiresAt === null) throw new Error('The server returned no session.');
  setState({ phase: 'signed-in', session: { operator, csrfToken, expiresAt } });
}
