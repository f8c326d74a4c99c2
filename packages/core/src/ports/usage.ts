/** One completed call. Times are epoch ms. */
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
  /** The response is a stream. Until its end is recorded, the event counts as aborted. */
  streamed?: true;
}

/** The end of a streamed response: completes the event with the same epoch and sequence. */
export interface StreamEnd {
  epoch: number;
  sequence: number;
  ts: number;
  responseBytes: number;
  durationMs: number;
  /** `aborted`: the client disconnected, or the stream failed. The charge stays. */
  outcome: 'complete' | 'aborted';
}

/** Refused calls per entitlement, key, code and minute. */
export interface RefusalCount {
  minute: number;
  entitlementId: string;
  keyId: string;
  code: string;
  count: number;
}

/**
 * A chunk of the spool, committed atomically. Offsets are logical bytes from the start of the
 * spool.
 */
export interface UsageBatch {
  from: number;
  to: number;
  events: UsageEvent[];
  streamEnds: StreamEnd[];
  refusals: RefusalCount[];
}

/** The state of this gateway in the database. */
export interface OpenedSink {
  /** Number of this start; part of every event's id. */
  epoch: number;
  /** Logical spool offset up to which everything is committed. */
  cursor: number;
  installationId: string;
  /** The host was rebooted since the last start: the end of the spool may be missing. */
  rebooted: boolean;
}

/** The state of the database after a commit. */
export interface Committed {
  /** Logical spool offset up to which everything is committed: shipping continues here. */
  cursor: number;
  /**
   * The database lost confirmed commits (a failover, a restored backup): leases granted in them are
   * void.
   */
  rewound: boolean;
}

export interface UsageSink {
  /**
   * Registers a start of the gateway and returns its new epoch, above `afterEpoch`, and the
   * committed spool offset.
   * @throws if the spool belongs to another installation
   */
  open(gateway: { gatewayId: string; installationId: string | null; bootId: string; afterEpoch?: number }): Promise<OpenedSink>;
  /**
   * Stores a batch in one transaction: cursor, events, ledger, roll-ups, refusals, settlement. A
   * record that the database rejects is quarantined, and the rest is stored. If the cursor is not
   * at `from`, nothing is stored and the cursor is returned: lower if the database lost commits or
   * this start; higher if an earlier commit succeeded but its response was lost.
   * @throws if another start has taken over, or the database belongs to another installation; after
   * a connection error, call `commit` again
   */
  commit(batch: UsageBatch): Promise<Committed>;
}
