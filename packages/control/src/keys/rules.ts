import { effectiveStatus, type KeyStatus, type ShownKeyStatus } from '@api-factory/core';
import type { EntitlementRow } from '../entitlements/store.ts';
import { invalid } from '../http/errors.ts';
import { readTime } from '../http/time.ts';
import type { Key } from './schema.ts';
import type { KeyRow } from './store.ts';

interface StatusFacts {
  operatorStatus: KeyStatus;
  /** null for a key of an entitlement created by the operator. */
  access: EntitlementRow['access'];
  expiresAt: Date | null;
}

/**
 * In the guard’s order: revoked, then expired (from the millisecond of `expiresAt`), then
 * suspended.
 */
export function statusOf({ operatorStatus, access, expiresAt }: StatusFacts, now: Date): ShownKeyStatus {
  const status = effectiveStatus(operatorStatus, access);
  if (status === 'revoked') return 'revoked';
  if (expiresAt !== null && now >= expiresAt) return 'expired';
  return status;
}

/**
 * Who has to act before a suspended key works again; the operator when both suspended it. null when
 * the key is not suspended.
 */
export function suspendedBy(facts: StatusFacts, now: Date): 'operator' | 'billing' | null {
  if (statusOf(facts, now) !== 'suspended') return null;
  return facts.operatorStatus === 'suspended' ? 'operator' : 'billing';
}

/**
 * Parses the expiry of a request. undefined: unchanged; null: never expires.
 * @throws ProblemError VALIDATION_FAILED as `readTime`, and for a time in the past
 */
export function readExpiry(text: string | null | undefined, now: Date): Date | null | undefined {
  if (text === null || text === undefined) return text;
  const expiresAt = readTime('#/expiresAt', text);
  if (expiresAt <= now) throw invalid('#/expiresAt', 'must be in the future');
  return expiresAt;
}

/** How a rotated key ends: at once, or after the overlap, but never later than its own expiry. */
export function endOfRotated(expiresAt: Date | null, overlapSeconds: number, now: Date): 'revoked' | Date {
  if (overlapSeconds === 0) return 'revoked';
  const overlapEnd = new Date(now.getTime() + overlapSeconds * 1_000);
  return expiresAt !== null && expiresAt < overlapEnd ? expiresAt : overlapEnd;
}

/** `now` decides whether the key has expired. */
export const presentKey = (row: KeyRow, now: Date): Key => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  last4: row.last4,
  mode: row.mode,
  status: statusOf(row, now),
  suspendedBy: suspendedBy(row, now),
  access: row.access,
  plan: row.planId,
  planVersion: row.planVersion,
  consumerId: row.consumerId,
  entitlementId: row.entitlementId,
  subscriptionId: row.subscriptionId,
  expiresAt: row.expiresAt?.toISOString() ?? null,
  rotatedFrom: row.rotatedFrom,
  createdAt: row.createdAt.toISOString(),
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
});
