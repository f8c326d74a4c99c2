import { formatKey, maskKey, ProblemError } from '@api-factory/core';
import { entitlementFor, refuseUnissuable } from '../entitlements/change.ts';
import { sha256Hex } from '../http/credential.ts';
import { notFound } from '../http/refuse.ts';
import type { Write } from '../transaction/change.ts';
import { present } from './present.ts';
import { endOfRotated, readExpiry, statusOf } from './rules.ts';
import type { IssuedKey, NewKey } from './schema.ts';
import { findKey, insertKey, type NewKeyRow, successorOf, updateKey } from './store.ts';

/**
 * Makes a key, in the entitlement that the body names or in one of its own.
 * @returns the only copy of the plaintext: the database gets its SHA-256
 * @throws ProblemError VALIDATION_FAILED for a plan, consumer or entitlement that is not there, or an expiry that is not in the future;
 * CONFLICT as `refuseUnissuable`
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
 * Makes a key in the place of another: in the same entitlement, with its name, expiry and suspension. The old one is
 * revoked at once, or expires after the overlap.
 * @throws ProblemError NOT_FOUND; KEY_REVOKED; CONFLICT for an expired key, for one that was rotated already (its expiry is the end of
 * the overlap), and as `refuseUnissuable`
 */
export async function rotateKey(write: Write, id: string, overlapSeconds: number): Promise<IssuedKey> {
  const old = await findKey(write.tx, id);
  if (old === null) throw notFound('key');
  if (old.operatorStatus === 'revoked') throw new ProblemError('KEY_REVOKED');
  refuseUnissuable(write, { mode: old.billingMode, access: old.access });
  if (statusOf(old, write.at) === 'expired') {
    throw new ProblemError('CONFLICT', { detail: 'The key is expired and can’t be rotated; give it a later expiry, or create a new key.' });
  }
  const successor = await successorOf(write.tx, id);
  if (successor !== null) throw new ProblemError('CONFLICT', { detail: `The key was rotated to ${successor} already; rotate that one.` });
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
  write.answersOnce();
  const key = formatKey(context.keyMode, context.randomBytes);
  const id = context.newId('key');
  await insertKey(tx, { ...draft, id, hash: sha256Hex(key), ...maskKey(key), mode: context.keyMode }, write);
  const { name, entitlementId, expiresAt, rotatedFrom } = draft;
  write.record({ action, objectId: id, details: { name, entitlementId, expiresAt: expiresAt?.toISOString() ?? null, rotatedFrom } });
  const row = await findKey(tx, id);
  if (row === null) throw new Error(`the key ${id} was stored and is not there`);
  return { ...present(row, at), key };
}
