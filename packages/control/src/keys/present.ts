import { statusOf, suspendedBy } from './rules.ts';
import type { Key } from './schema.ts';
import type { KeyRow } from './store.ts';

/** `now` decides whether the key is expired. */
export const present = (row: KeyRow, now: Date): Key => ({
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
