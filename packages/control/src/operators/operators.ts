import type { Context } from '../context.ts';
import { sameDigest, sha256Hex } from '../http/credential.ts';
import { hasExpired, operatorMac, type Session } from './session.ts';
import { liveSessions } from './session-store.ts';
import { activeOperators, type OperatorRow } from './store.ts';

/** How long the lists of operator keys and of sessions are believed: what was revoked elsewhere stops within this time. */
const CACHE_MS = 1_000;
/** Id of the operator key that the environment gives. */
export const FROM_ENVIRONMENT = 'env';

/** A session together with the token that proved it. The token is a secret. */
export interface ProvenSession extends Session {
  token: string;
}

/**
 * Who is an operator. A key from the environment is compared, never stored; of those that the product made, and of the sessions, the
 * whole short list is kept for a second, so that a flood of calls asks the database once a second. One per process: a change of sessions is told
 * to it.
 */
export interface Operators {
  byKey: (key: string) => Promise<OperatorRow | null>;
  /** The session of the first token that has one. */
  bySession: (tokens: string[]) => Promise<ProvenSession | null>;
  /** Call after the commit of a change of operator keys: the next request is judged by it. */
  keysChanged: () => void;
  /** Call after the commit of a change of sessions: the next request is judged by it. */
  sessionsChanged: () => void;
}

/** Makes the list of operators; nothing is read before it is asked. */
export function createOperators(context: Context): Operators {
  const { db, clock, adminKey } = context;
  const environmentKey = adminKey === null ? null : { id: FROM_ENVIRONMENT, hash: sha256Hex(adminKey) };
  const keys = cached(clock, () => activeOperators(db));
  const sessions = cached(clock, async () => {
    const live = await liveSessions(db, new Date(clock.now()));
    return new Map(live.map((session) => [session.hash, session]));
  });

  /** A session is worth what its operator key is worth now. */
  async function hasValidKey({ operator, operatorMac: mac }: Session, token: string): Promise<boolean> {
    const backing = operator === FROM_ENVIRONMENT ? environmentKey : (await keys.read()).find(({ id }) => id === operator);
    return backing != null && sameDigest(operatorMac(token, backing.hash), mac);
  }

  return {
    byKey: async (key) => {
      const hash = sha256Hex(key);
      if (environmentKey !== null && sameDigest(hash, environmentKey.hash)) return environmentKey;
      return matching(await keys.read(), hash);
    },
    bySession: async (tokens) => {
      if (tokens.length === 0) return null;
      const known = await sessions.read();
      for (const token of tokens) {
        const session = known.get(sha256Hex(token));
        if (session && !hasExpired(session, clock.now()) && (await hasValidKey(session, token))) return { ...session, token };
      }
      return null;
    },
    keysChanged: keys.forget,
    sessionsChanged: sessions.forget,
  };
}

/** Every row is compared, found or not. */
function matching(rows: OperatorRow[], hash: string): OperatorRow | null {
  return rows.reduce<OperatorRow | null>((found, row) => (sameDigest(row.hash, hash) ? row : found), null);
}

/** Believes what was read for a while. A read that failed is not remembered. */
function cached<T>(clock: Context['clock'], readNow: () => Promise<T>) {
  let value: Promise<T> | null = null;
  let readAt = 0;
  const forget = () => {
    value = null;
  };
  const read = (): Promise<T> => {
    const now = clock.now();
    if (value === null || Math.abs(now - readAt) >= CACHE_MS) {
      readAt = now;
      value = readNow();
      value.catch(forget);
    }
    return value;
  };
  return { read, forget };
}
