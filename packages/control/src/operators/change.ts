import { formatKey, ProblemError } from '@api-factory/core';
import type { Context } from '../context.ts';
import { sha256Hex } from '../http/credential.ts';
import { notFound } from '../http/errors.ts';
import { changeRecord, type RecordWrite, SYSTEM } from '../transaction/change.ts';
import type { IssuedOperatorKey, RevokedOperatorKey } from './http.ts';
import { FROM_ENVIRONMENT } from './operators.ts';
import { deleteSessionsOf, lockSessions } from './session-store.ts';
import { activeOperators, insertOperator, lockOperators, markRevoked } from './store.ts';

/** Makes one more operator key. Its plaintext is in the answer and nowhere else. */
export async function createOperatorKey({ context, tx, at, record }: RecordWrite, name: string): Promise<IssuedOperatorKey> {
  const key = formatKey('admin', context.randomBytes);
  const id = context.newId('operator');
  await insertOperator(tx, { id, name, hash: sha256Hex(key), created_at: at });
  record({ action: 'operator.create', objectId: id });
  return { id, name, createdAt: at.toISOString(), key };
}

/**
 * Ends an operator key and its sessions, for good.
 * @throws ProblemError NOT_FOUND; CONFLICT for the key from the environment, and for the only one that is in force
 */
export async function revokeOperatorKey({ context, tx, at, record }: RecordWrite, id: string): Promise<RevokedOperatorKey> {
  if (id === FROM_ENVIRONMENT) {
    throw new ProblemError('CONFLICT', {
      detail: 'This key comes from the environment: it ends when API_FACTORY_ADMIN_KEY is changed and the product is started again.',
    });
  }
  // Two who revoke the last two at once would leave none.
  await lockOperators(tx);
  const active = await activeOperators(tx);
  if (!active.some((operator) => operator.id === id)) throw notFound('operator key');
  if (active.length === 1 && context.adminKey === null) {
    throw new ProblemError('CONFLICT', { detail: 'This is the only operator key in force. Create another, then revoke this one with it.' });
  }
  await lockSessions(tx);
  await markRevoked(tx, id, at);
  await deleteSessionsOf(tx, id, at);
  record({ action: 'operator.revoke', objectId: id });
  return { id, revokedAt: at.toISOString() };
}

export interface EnsureOperatorKey {
  /**
   * Gets the plaintext before it counts: when this fails (a file that can't be written), no key was made, and the next
   * start tries again.
   */
  deliver?: (key: string) => Promise<void>;
}

/**
 * Makes the first operator key, when the environment gives none and the database has none that is in force.
 * @returns the plaintext, this once; null when there is an operator key already
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
