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
  /** Its quota periods are counted from here, epoch ms. */
  anchor: number;
  /** Version of the change that wrote the row last. */
  snapshotVersion: number;
}

export interface KeyRow {
  id: string;
  hash: string;
  entitlementId: string;
  status: KeyStatus;
  /** Suspended by its subscription, not by the operator: the consumer can settle it. */
  byBilling: boolean;
  /** Epoch ms; null when the key never expires. */
  expiresAt: number | null;
  /** Version of the change that wrote the row last. */
  snapshotVersion: number;
}

/**
 * Names a change. After a failover that lost commits a version is given again, but never with the
 * same stamp.
 */
export interface SnapshotMark {
  version: number;
  /** Drawn at random by each change. */
  stamp: string;
}

/**
 * Rows that changed between two versions, or with one; with `complete`, all there are. Plans come
 * before what refers to them.
 */
export interface SnapshotChange extends SnapshotMark {
  complete: boolean;
  plans: PlanRow[];
  entitlements: EntitlementRow[];
  keys: KeyRow[];
}

export interface SnapshotSource {
  /**
   * What changed after the first of `held`; everything when `held` is empty, or when the database
   * does not know one of its marks. An empty change confirms the snapshot.
   * @param held the version that was read last, then those that were handed over since
   */
  since(held: readonly SnapshotMark[]): Promise<SnapshotChange>;
}
