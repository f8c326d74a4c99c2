import { formatKey, maskKey, ProblemError } from '@api-factory/core';
import { entitlementFor, moveEntitlement, refuseUnissuable } from '../entitlements/change.ts';
import { sha256Hex } from '../http/credential.ts';
import { notFound } from '../http/errors.ts';
import type { Write } from '../transaction/change.ts';
import { endOfRotated, presentKey, readExpiry, statusOf } from './rules.ts';
import type { IssuedKey, Key, KeyPatch, NewKey } from './schema.ts';
import { findKey, insertKey, type KeyRow, type NewKeyRow, successorOf, updateKey } from './store.ts';

/**
 * Changes name and expiry. `plan` moves the key’s entitlement, with all its keys, to the plan’s
 * current version.
 * @throws ProblemError NOT_FOUND; KEY_REVOKED; VALIDATION_FAILED; CONFLICT for a plan change of a
 *   subscription’s key
 */
export async function editKey(write: Write, id: string, patch: KeyPatch): Promise<Key> {
  const key = await requireUnrevokedKey(write, id);
  if (patch.plan !== undefined && key.subscriptionId !== null) {
    throw new ProblemError('CONFLICT', { detail: 'The key belongs to a subscription. Its plan follows the subscription.' });
  }
  const expiry = readExpiry(patch.expiresAt, write.at);
  const next = { ...key, name: patch.name ?? key.name, expiresAt: expiry === undefined ? key.expiresAt : expiry };
  if (next.name !== key.name || next.expiresAt?.getTime() !== key.expiresAt?.getTime()) {
    await updateKey(write.tx, next, write);
    write.record({ action: 'key.update', objectId: id, details: { name: next.name, expiresAt: next.expiresAt?.toISOString() ?? null } });
  }
  if (expiry && (key.expiresAt === null || expiry <= key.expiresAt)) {
    write.restricts(`The expiry of key ${id} was shortened`, expiry.getTime() === key.expiresAt?.getTime() ? 'already' : 'now');
  }
  if (patch.plan !== undefined) await moveEntitlement(write, { ...key, id: key.entitlementId }, patch.plan);
  return readKey(write, id);
}

/**
 * Suspends or resumes a key. Idempotent. @throws ProblemError NOT_FOUND; KEY_REVOKED, which is
 * final
 */
export async function setOperatorStatus(write: Write, id: string, operatorStatus: 'enabled' | 'suspended'): Promise<Key> {
  const key = await requireUnrevokedKey(write, id);
  if (operatorStatus === 'suspended') write.restricts(`Key ${id} was suspended`, key.operatorStatus === operatorStatus ? 'already' : 'now');
  if (key.operatorStatus !== operatorStatus) {
    await updateKey(write.tx, { ...key, operatorStatus }, write);
    write.record({ action: operatorStatus === 'enabled' ? 'key.resume' : 'key.suspend', objectId: id });
  }
  return readKey(write, id);
}

/** Revokes a key for good. Idempotent. @throws ProblemError NOT_FOUND */
export async function revokeKey(write: Write, id: string): Promise<Key> {
  const key = await requireKey(write, id);
  write.restricts(`Key ${id} was revoked`, key.operatorStatus === 'revoked' ? 'already' : 'now');
  if (key.operatorStatus !== 'revoked') {
    await updateKey(write.tx, { ...key, operatorStatus: 'revoked' }, write);
    write.record({ action: 'key.revoke', objectId: id });
  }
  return readKey(write, id);
}

async function requireKey({ tx }: Write, id: string): Promise<KeyRow> {
  const key = await findKey(tx, id);
  if (key === null) throw notFound('key');
  return key;
}

/** No row lock: the lock of the snapshot version, taken first, orders all changes of keys. */
async function requireUnrevokedKey(write: Write, id: string): Promise<KeyRow> {
  const key = await requireKey(write, id);
  if (key.operatorStatus === 'revoked') throw new ProblemError('KEY_REVOKED');
  return key;
}

const readKey = async (write: Write, id: string): Promise<Key> => presentKey(await requireKey(write, id), write.at);

/**
 * Issues a key, in the given entitlement or in a new one.
 * @returns the only copy of the plaintext: the database stores its SHA-256
 * @throws ProblemError VALIDATION_FAILED for a missing plan, consumer or entitlement, or an expiry
 *   in the past; CONFLICT as `refuseUnissuable`
 */
export async function createKey(write: Write, body: NewKey): Promise<IssuedKey> {
  const expiresAt = readExpiry(body.expiresAt, write.at) ?? null;
  const entitlement = await entitlementFor(write, body);
  return issue(write, 'key.create', {
    entitlementId: entitlement.id,
    name: body.name,
    operatorStatus: 'enabled',
    expiresAt,
    rotatedFrom: null,
  });
}

/**
 * Issues a replacement in the same entitlement, with the name, expiry and operator status of the
 * old key. The old key is revoked at once, or expires after the overlap.
 * @throws ProblemError NOT_FOUND; KEY_REVOKED; CONFLICT for an expired key, for one that was
 *   rotated before (its expiry is the end of the overlap), and as `refuseUnissuable`
 */
export async function rotateKey(write: Write, id: string, overlapSeconds: number): Promise<IssuedKey> {
  const old = await findKey(write.tx, id);
  if (old === null) throw notFound('key');
  if (old.operatorStatus === 'revoked') throw new ProblemError('KEY_REVOKED');
  refuseUnissuable(write, { mode: old.billingMode, access: old.access });
  if (statusOf(old, write.at) === 'expired') {
    throw new ProblemError('CONFLICT', {
      detail: 'The key has expired and can’t be rotated. Give it a later expiry, or create a new key.',
    });
  }
  const successor = await successorOf(write.tx, id);
  if (successor !== null) throw new ProblemError('CONFLICT', { detail: `The key was already rotated to ${successor}. Rotate that one.` });
  const end = endOfRotated(old.expiresAt, overlapSeconds, write.at);
  await updateKey(write.tx, end === 'revoked' ? { ...old, operatorStatus: 'revoked' } : { ...old, expiresAt: end }, write);
  const { entitlementId, name, operatorStatus, expiresAt } = old;
  const issued = await issue(write, 'key.create', { entitlementId, name, operatorStatus, expiresAt, rotatedFrom: id });
  write.record({ action: 'key.rotate', objectId: id, details: { to: issued.id, overlapSeconds } });
  return issued;
}

type Draft = Pick<NewKeyRow, 'entitlementId' | 'name' | 'operatorStatus' | 'expiresAt' | 'rotatedFrom'>;

async function issue(write: Write, action: string, draft: Draft): Promise<IssuedKey> {
  const { context, tx, at } = write;
  write.returnsSecret();
  const key = formatKey(context.keyMode, context.randomBytes);
  const id = context.newId('key');
  await insertKey(tx, { ...draft, id, hash: sha256Hex(key), ...maskKey(key), mode: context.keyMode }, write);
  const { name, entitlementId, expiresAt, rotatedFrom } = draft;
  write.record({ action, objectId: id, details: { name, entitlementId, expiresAt: expiresAt?.toISOString() ?? null, rotatedFrom } });
  const row = await findKey(tx, id);
  if (row === null) throw new Error(`the key ${id} was inserted but is missing`);
  return { ...presentKey(row, at), key };
}
