import { formatKey, ProblemError } from '@api-factory/core';
import type { Context } from '../context.ts';
import { sha256Hex } from '../http/credential.ts';
import { notFound } from '../http/errors.ts';
import { changeRecord, type RecordWrite, SYSTEM } from '../transaction/change.ts';
import type { IssuedOperatorKey, RevokedOperatorKey } from './http.ts';
import { FROM_ENVIRONMENT } from './operators.ts';
import { deleteSessionsOf, lockSessions } from './session-store.ts';
import { activeOperators, insertOperator, lockOperators, markRevoked } from './store.ts';

/** Creates an operator key. The plaintext is only in this response. */
export async function createOperatorKey({ context, tx, at, record }: RecordWrite, name: string): Promise<IssuedOperatorKey> {
  const key = formatKey('admin', context.randomBytes);
  const id = context.newId('operator');
  await insertOperator(tx, { id, name, hash: sha256Hex(key), created_at: at });
  record({ action: 'operator.create', objectId: id });
  return { id, name, createdAt: at.toISOString(), key };
}

/**
 * Revokes an operator key and ends its sessions.
 * @throws ProblemError NOT_FOUND; CONFLICT for the key from the environment, and for the last
 *   active key
 */
export async function revokeOperatorKey({ context, tx, at, record }: RecordWrite, id: string): Promise<RevokedOperatorKey> {
  if (id === FROM_ENVIRONMENT) {
    throw new ProblemError('CONFLICT', {
      detail: 'This key comes from the environment. To end it, change API_FACTORY_ADMIN_KEY and restart.',
    });
  }
  // Without the lock, two requests could revoke the last two keys at once.
  await lockOperators(tx);
  const active = await activeOperators(tx);
  if (!active.some((operator) => operator.id === id)) throw notFound('operator key');
  if (active.length === 1 && context.adminKey === null) {
    throw new ProblemError('CONFLICT', {
      detail: 'This is the last active operator key. Create another one, then use it to revoke this one.',
    });
  }
  await lockSessions(tx);
  await markRevoked(tx, id, at);
  await deleteSessionsOf(tx, id, at);
  record({ action: 'operator.revoke', objectId: id });
  return { id, revokedAt: at.toISOString() };
}

export interface EnsureOperatorKey {
  /**
   * Receives the plaintext before the commit: if it fails (a file that can’t be written), no key is
   * created, and the next start tries again.
   */
  deliver?: (key: string) => Promise<void>;
}

/**
 * Creates the first operator key, unless the environment has one or the database has an active one.
 * @returns the plaintext; null when an operator key exists
 */
export async function ensureOperatorKey(context: Context, { deliver }: EnsureOperatorKey = {}): Promise<string | null> {
  if (context.adminKey !== null) return null;
  return changeRecord(context, SYSTEM, async ({ tx, at, record }) => {
    await lockOperators(tx);
    if ((await activeOperators(tx)).length > 0) return null;
    const key = formatKey('admin', context.randomBytes);
    const id = context.newId('operator');
    await insertOperator(tx, { id, name: 'first operator', hash: sha256Hex(key), created_at: at });
    record({ action: 'operator.create', objectId: id });
    await deliver?.(key);
    return key;
  });
}
