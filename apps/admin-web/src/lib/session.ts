import { getSession, signIn as requestSignIn, signOut as requestSignOut, signOutEverywhere } from '@api-factory/sdk-ts';
import { useSyncExternalStore } from 'react';

/** Who is signed in. The operator key itself is never kept: the session is an HttpOnly cookie that no script can read. */
export interface Session {
  operator: string;
  /** Goes with every write, in memory only: a page of another origin can’t read it. */
  csrfToken: string;
  /** RFC 3339. */
  expiresAt: string;
}

export type SessionState =
  | { phase: 'unknown' }
  /** `ended`: it ran out or was ended while the console was open. */
  | { phase: 'signed-out'; ended: boolean }
  | { phase: 'signed-in'; session: Session };

let state: SessionState = { phase: 'unknown' };
const listeners = new Set<() => void>();

function become(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

/** The session outside of React, for the transport. */
export const currentSession = (): SessionState => state;

/** Tells of every change of the session. @returns a function that ends it */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The session, for what is drawn. */
export const useSession = (): SessionState => useSyncExternalStore(onSessionChange, currentSession);

/** Asks the server whether the browser has a session. @throws when the server can’t be asked; 401 is an answer */
export async function resumeSession(): Promise<void> {
  const { data, response } = await getSession({ throwOnError: false });
  if (response?.status === 401) return become({ phase: 'signed-out', ended: false });
  if (data === undefined) throw new Error(`The session could not be read${response ? ` (status ${response.status})` : ''}.`);
  takeSession(data.data);
}

/** Exchanges the operator key for a session. @throws ApiError INVALID_KEY, RATE_LIMITED */
export async function signIn(key: string): Promise<void> {
  const { data } = await requestSignIn({ body: { key }, throwOnError: true });
  takeSession(data.data);
}

/** Ends this session, or all of this operator key. The console forgets it even when the server can’t be told. */
export async function signOut({ everywhere }: { everywhere: boolean }): Promise<void> {
  try {
    await (everywhere ? signOutEverywhere({ throwOnError: true }) : requestSignOut({ throwOnError: true }));
  } finally {
    become({ phase: 'signed-out', ended: false });
    tellOtherTabs();
  }
}

/** Tabs share the cookie: signed out in one, none may go on showing what was read with it. */
const TABS = 'api-factory-session';

function tellOtherTabs(): void {
  const channel = new BroadcastChannel(TABS);
  channel.postMessage('ended');
  channel.close();
}

/** Ends the session here when another tab ends it. */
export function heedOtherTabs(): void {
  new BroadcastChannel(TABS).onmessage = sessionEnded;
}

/** The server refused the cookie. */
export function sessionEnded(): void {
  if (state.phase === 'signed-in') become({ phase: 'signed-out', ended: true });
}

function takeSession({ operator, csrfToken, expiresAt }: { operator: string; csrfToken: string | null; expiresAt: string | null }): void {
  if (csrfToken === null || expiresAt === null) throw new Error('The server answered without a session.');
  become({ phase: 'signed-in', session: { operator, csrfToken, expiresAt } });
}
