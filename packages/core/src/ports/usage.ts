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

/**
 * A chunk of the spool, committed whole or not at all. Offsets are logical bytes since the spool's
 * beginning.
 */
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
  /**
   * True when the host was restarted since the last start: the spool's last moments may be missing.
   */
  rebooted: boolean;
}

/** Where the database is after a commit. */
export interface Committed {
  /** Logical spool offset up to which everything is committed: ship on from here. */
  cursor: number;
  /**
   * The database lost confirmed commits (a failover, a restored backup): leases that it granted
   * since are void.
   */
  rewound: boolean;
}

export interface UsageSink {
  /**
   * Registers a start of the gateway and returns its new epoch, above `afterEpoch`, and the
   * committed spool offset.
   * @throws an error for a spool of another installation
   */
  open(gateway: { gatewayId: string; installationId: string | null; bootId: string; afterEpoch?: number }): Promise<OpenedSink>;
  /**
   * Stores a batch in one transaction: cursor, events, ledger, roll-ups, refusals, settlement. A
   * record that the database refuses goes to quarantine and the rest is stored. When the cursor is
   * not at `from`, nothing is stored and the answer has the cursor: lower, when the database lost
   * commits or this start; higher, when a commit without an answer was stored.
   * @throws an error when another start has taken over, or the database is of another installation;
   * after a connection error, call `commit` again
   */
  commit(batch: UsageBatch): Promise<Committed>;
}
