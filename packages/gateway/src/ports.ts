import type { KeyStatus, Lease, LeasePlan } from '@api-factory/core';

/**
 * What the data plane needs from the rest of the product. The gateway has no database: the control plane offers objects
 * of these shapes and `apps/api-cli` fits them together.
 */

/** Wall time in epoch ms that never steps back: monotonic, anchored to wall time at start. */
export interface Clock {
  now(): number;
}

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
  /** Suspended by its subscription, not by the operator: the consumer can mend it. */
  byBilling: boolean;
  /** Epoch ms; null when the key never expires. */
  expiresAt: number | null;
  /** Version of the change that wrote the row last. */
  snapshotVersion: number;
}

/** Names a change. After a failover that lost commits a version is given again, but never with the same stamp. */
export interface SnapshotMark {
  version: number;
  /** Drawn at random by each change. */
  stamp: string;
}

/** Rows that changed between two versions, or with one; with `complete`, all there are. Plans come before what refers to them. */
export interface SnapshotChange extends SnapshotMark {
  complete: boolean;
  plans: PlanRow[];
  entitlements: EntitlementRow[];
  keys: KeyRow[];
}

export interface SnapshotSource {
  /**
   * What changed after the first of `held`; everything when `held` is empty, or when the database does not know one of its marks. An empty
   * change confirms the snapshot.
   * @param held the version that was read last, then those that were handed over since
   */
  since(held: readonly SnapshotMark[]): Promise<SnapshotChange>;
}

export interface LeaseRequest extends LeasePlan {
  /** Names this request: sent again after a lost answer, it is answered again and changes nothing twice. */
  requestId: string;
  entitlementId: string;
  /** The period that `surrender` belongs to; empty when there is none. */
  periodId: string;
}

/** A lease in the database's clock: `nowMs` is its time of the answer, so that the gateway can shift the bounds to its own. */
export interface LeaseGrant extends Lease {
  nowMs: number;
}

export interface LeaseSource {
  /** How many requests it works on at once; more would only wait for a connection, and might do so too long. */
  readonly atOnce: number;
  /** One guarded statement: gives back `surrender`, then grants between `need` and `want` units, or 0. */
  acquire(request: LeaseRequest): Promise<LeaseGrant>;
  /** Whether a failure of `acquire` says that the database can't be reached, rather than something about this one request. */
  isAway(error: Error): boolean;
  /** Gives every unspent unit of this gateway back. Only called when all of its usage is settled. */
  releaseAll(): Promise<void>;
  /** Settles every unspent unit as spent: after a crash of the host nobody knows which of them were. */
  writeOff(): Promise<void>;
}

/** One answered call. Times are epoch ms. */
export interface UsageEvent {
  epoch: number;
  sequence: number;
  ts: number;
  entitlementId: string;
  periodId: string;
  keyId: string;
  consumerId: string | null;
  api: string;
  method: string;
  route: string;
  status: number;
  cost: number;
  requestBytes: number;
  responseBytes: number;
  durationMs: number;
  requestId: string;
  /** The answer is a stream. Until the record of its end arrives, the event counts as aborted. */
  streamed?: true;
}

/** The end of an answer that was streamed: completes the event with the same epoch and sequence. */
export interface StreamEnd {
  epoch: number;
  sequence: number;
  ts: number;
  responseBytes: number;
  durationMs: number;
  /** `aborted`: the client left, or the stream broke. The charge stays. */
  outcome: 'complete' | 'aborted';
}

/** Refused calls of one entitlement, key, code and minute. */
export interface RefusalCount {
  minute: number;
  entitlementId: string;
  keyId: string;
  code: string;
  count: number;
}

/** A piece of the spool, committed whole or not at all. Offsets are logical bytes since the spool's beginning. */
export interface UsageBatch {
  from: number;
  to: number;
  events: UsageEvent[];
  streamEnds: StreamEnd[];
  refusals: RefusalCount[];
}

/** What the database knows of this gateway. */
export interface OpenedSink {
  /** Number of this start; part of every event's id. */
  epoch: number;
  /** Logical spool offset up to which everything is committed. */
  cursor: number;
  installationId: string;
  /** True when the host was restarted since the last start: the spool's last moments may be missing. */
  rebooted: boolean;
}

/** Where the database is after a commit. */
export interface Committed {
  /** Logical spool offset up to which everything is committed: ship on from here. */
  cursor: number;
  /** The database has lost what it had confirmed (a failover, a back-up): leases that it granted since are void. */
  rewound: boolean;
}

export interface UsageSink {
  /**
   * Registers this start of the gateway and returns its new epoch and the committed spool offset. Refuses a spool
   * of another installation. The epoch is above `afterEpoch`, where that is given.
   */
  open(gateway: { gatewayId: string; installationId: string | null; bootId: string; afterEpoch?: number }): Promise<OpenedSink>;
  /**
   * Events, ledger, roll-ups, settlement and cursor in one transaction, with a compare-and-set of the cursor from `from` to `to`. Where the
   * database is not at `from`, nothing is stored, and the answer says where it is.
   */
  commit(batch: UsageBatch): Promise<Committed>;
}
