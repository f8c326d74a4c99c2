import { formatKey } from '@api-factory/core';
import type { Context } from '../context.ts';
import { sha256Hex } from '../http/credential.ts';
import { changeRecord, SYSTEM } from '../transaction/change.ts';
import { activeOperators, insertOperator, lockOperators } from './store.ts';

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
