import { ProblemError } from '@api-factory/core';
import { moveEntitlement } from '../entitlements/change.ts';
import { notFound } from '../http/refuse.ts';
import type { Write } from '../transaction/change.ts';
import { present } from './present.ts';
import { readExpiry } from './rules.ts';
import type { Key, KeyPatch } from './schema.ts';
import { findKey, type KeyRow, updateKey } from './store.ts';

/**
 * Changes name and expiry of the key. `plan` moves its entitlement to the plan's current version: all keys of the
 * entitlement move with it.
 * @throws ProblemError NOT_FOUND; KEY_REVOKED; VALIDATION_FAILED; CONFLICT for a plan when it follows a subscription
 */
export async function editKey(write: Write, id: string, patch: KeyPatch): Promise<Key> {
  const key = await livingKey(write, id);
  if (patch.plan !== undefined && key.subscriptionId !== null) {
    throw new ProblemError('CONFLICT', { detail: 'The key belongs to a subscription; its plan follows the subscription.' });
  }
  const expiry = readExpiry(patch.expiresAt, write.at);
  const next = { ...key, name: patch.name ?? key.name, expiresAt: expiry === undefined ? key.expiresAt : expiry };
  if (next.name !== key.name || next.expiresAt?.getTime() !== key.expiresAt?.getTime()) {
    await updateKey(write.tx, next, write);
    write.record({ action: 'key.update', objectId: id, details: { name: next.name, expiresAt: next.expiresAt?.toISOString() ?? null } });
  }
  if (expiry && (key.expiresAt === null || expiry <= key.expiresAt)) {
    write.takesAway(`The key ${id} expires earlier`, expiry.getTime() === key.expiresAt?.getTime() ? 'already' : 'now');
  }
  if (patch.plan !== undefined) await moveEntitlement(write, { ...key, id: key.entitlementId }, patch.plan);
  return shown(write, id);
}

/** Sets the operator's word. Saying it twice changes nothing. @throws ProblemError NOT_FOUND; KEY_REVOKED, which is final */
export async function setOperatorStatus(write: Write, id: string, operatorStatus: 'enabled' | 'suspended'): Promise<Key> {
  const key = await livingKey(write, id);
  if (operatorStatus === 'suspended')
    write.takesAway(`The key ${id} is suspended`, key.operatorStatus === operatorStatus ? 'already' : 'now');
  if (key.operatorStatus !== operatorStatus) {
    await updateKey(write.tx, { ...key, operatorStatus }, write);
    write.record({ action: operatorStatus === 'enabled' ? 'key.resume' : 'key.suspend', objectId: id });
  }
  return shown(write, id);
}

/** Ends a key for good. Revoking twice changes nothing. @throws ProblemError NOT_FOUND */
export async function revokeKey(write: Write, id: string): Promise<Key> {
  const key = await existingKey(write, id);
  write.takesAway(`The key ${id} is revoked`, key.operatorStatus === 'revoked' ? 'already' : 'now');
  if (key.operatorStatus !== 'revoked') {
    await updateKey(write.tx, { ...key, operatorStatus: 'revoked' }, write);
    write.record({ action: 'key.revoke', objectId: id });
  }
  return shown(write, id);
}

async function existingKey({ tx }: Write, id: string): Promise<KeyRow> {
  const key = await findKey(tx, id);
  if (key === null) throw notFound('key');
  return key;
}

/** No lock of its own: the snapshot version's lock, taken first, orders all changes of keys. */
async function livingKey(write: Write, id: string): Promise<KeyRow> {
  const key = await existingKey(write, id);
  if (key.operatorStatus === 'revoked') throw new ProblemError('KEY_REVOKED');
  return key;
}

const shown = async (write: Write, id: string): Promise<Key> => present(await existingKey(write, id), write.at);
