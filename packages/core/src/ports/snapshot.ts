import type { KeyStatus } from '../access.ts';

export interface PlanRow {
  id: string;
  version: number;
  rateLimit: number | null;
  rateWindowMs: number;
  quotaLimit: number | null;
  /** Slugs of the included apis; null means every api. */
  apis: string[] | null;
}

export interface EntitlementRow {
  id: string;
  consumerId: string | null;
  planId: string;
  planVersion: number;
  /** Quota periods are counted from here, epoch ms. */
  anchor: number;
  /** Version of the change that wrote the row last. */
  snapshotVersion: number;
}

export interface KeyRow {
  id: string;
  hash: string;
  entitlementId: string;
  status: KeyStatus;
  /** Suspended by its subscription, not by the operator: the consumer can resolve it by paying. */
  byBilling: boolean;
  /** Epoch ms; null when the key never expires. */
  expiresAt: number | null;
  /** Version of the change that wrote the row last. */
  snapshotVersion: number;
}

/**
 * Identifies a change. After a failover that lost commits, a version number can be reused, but
 * never with the same stamp.
 */
export interface SnapshotMark {
  version: number;
  /** Random for each change. */
  stamp: string;
}

/**
 * The rows that changed between two versions, or in one; all rows if `complete`. Plans come before
 * the rows that refer to them.
 */
export interface SnapshotChange extends SnapshotMark {
  complete: boolean;
  plans: PlanRow[];
  entitlements: EntitlementRow[];
  keys: KeyRow[];
}

export interface SnapshotSource {
  /**
   * The changes after the first of `held`; everything if `held` is empty, or the database lacks one
   * of its marks. An empty change confirms the snapshot.
   * @param held the version that was read last, then those applied directly since
   */
  since(held: readonly SnapshotMark[]): Promise<SnapshotChange>;
}
