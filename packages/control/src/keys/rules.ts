import type { KeyMode } from '@api-factory/core';
import type { EntitlementRow } from '../entitlements/store.ts';
import { invalid } from '../http/refuse.ts';
import { readTime } from '../http/time.ts';
import type { STATUSES } from './schema.ts';

export type Status = (typeof STATUSES)[number];
/** What the operator says of a key. */
export type Word = 'enabled' | 'suspended' | 'revoked';

interface Judged {
  word: Word;
  /** null for a key of an entitlement that the operator gave. */
  access: EntitlementRow['access'];
  expiresAt: Date | null;
}

/** The guard's order: revoked, then expired (from the very millisecond of `expiresAt`), then suspended. */
export function statusOf({ word, access, expiresAt }: Judged, now: Date): Status {
  const standing = standingOf(word, access);
  if (standing === 'revoked') return 'revoked';
  if (expiresAt !== null && now >= expiresAt) return 'expired';
  return standing;
}

/** Whose word must change before a suspended key calls again: the operator's first. null when the key is not suspended. */
export function suspendedBy(judged: Judged, now: Date): 'operator' | 'billing' | null {
  if (statusOf(judged, now) !== 'suspended') return null;
  return judged.word === 'suspended' ? 'operator' : 'billing';
}

/** The worse of the operator's word and the access. In a grace a key calls as before. */
export function standingOf(word: Word, access: EntitlementRow['access']): Word {
  if (word === 'revoked' || access === 'revoked') return 'revoked';
  return word === 'suspended' || access === 'suspended' ? 'suspended' : 'enabled';
}

/** Whether a key counts here. Keys of another mode, and those of a subscription that billing does not know in its mode, are unknown. */
export const isOfMode = (
  key: { mode: KeyMode; billingMode: EntitlementRow['mode'] },
  here: { keyMode: KeyMode; billing: { mode: EntitlementRow['mode'] } | null },
): boolean => key.mode === here.keyMode && (key.billingMode === null || key.billingMode === here.billing?.mode);

/**
 * Reads the expiry in a body. undefined leaves it as it is; null is never.
 * @throws ProblemError VALIDATION_FAILED as `readTime`, and for a time that is not in the future
 */
export function readExpiry(text: string | null | undefined, now: Date): Date | null | undefined {
  if (text === null || text === undefined) return text;
  const expiresAt = readTime('#/expiresAt', text);
  if (expiresAt <= now) throw invalid('#/expiresAt', 'must be in the future');
  return expiresAt;
}

/** How a key ends when another takes its place: at once, or after the overlap, but never later than it would have. */
export function endOfRotated(expiresAt: Date | null, overlapSeconds: number, now: Date): 'revoked' | Date {
  if (overlapSeconds === 0) return 'revoked';
  const overlapEnd = new Date(now.getTime() + overlapSeconds * 1_000);
  return expiresAt !== null && expiresAt < overlapEnd ? expiresAt : overlapEnd;
}
