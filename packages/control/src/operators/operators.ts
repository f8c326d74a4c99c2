import type { Context } from '../context.ts';
import { sameDigest, sha256Hex } from '../http/credential.ts';
import { hasExpired, operatorMac, type Session } from './session.ts';
import { liveSessions } from './session-store.ts';
import { activeOperators, type OperatorRow } from './store.ts';

/**
 * How long the lists of operator keys and sessions are cached: a revocation by another process
 * takes effect within this time.
 */
const CACHE_MS = 1_000;
/** Id of the operator key from the environment. */
export const FROM_ENVIRONMENT = 'env';

/** A session with the token that proved it. The token is a secret. */
export interface ProvenSession extends Session {
  token: string;
}

/**
 * Looks up operators by key or session. The key from the environment is compared, never stored. The
 * short lists of keys and sessions are cached for a second, so a flood of requests reads the
 * database once a second. One instance per process, because changes invalidate its cache.
 */
export interface Operators {
  byKey: (key: string) => Promise<OperatorRow | null>;
  /** The session of the first token that belongs to one. */
  bySession: (tokens: string[]) => Promise<ProvenSession | null>;
  /** Call after a change of operator keys is committed: the next request sees it. */
  keysChanged: () => void;
  /** Call after a change of sessions is committed: the next request sees it. */
  sessionsChanged: () => void;
}

/** Reads nothing before the first look-up. */
export function createOperators(context: Context): Operators {
  const { db, clock, adminKey } = context;
  const environmentKey = adminKey === null ? null : { id: FROM_ENVIRONMENT, hash: sha256Hex(adminKey) };
  const keys = cached(clock, () => activeOperators(db));
  const sessions = cached(clock, async () => {
    const live = await liveSessions(db, new Date(clock.now()));
    return new Map(live.map((session) => [session.hash, session]));
  });

  /** A session is only valid while its operator key is. */
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

/** Compares every row, found or not, so that the time does not depend on the match. */
function matching(rows: OperatorRow[], hash: string): OperatorRow | null {
  return rows.reduce<OperatorRow | null>((found, row) => (sameDigest(row.hash, hash) ? row : found), null);
}

/** Caches a read for `CACHE_MS`. A failed read is not cached. */
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
