/**
 * What the gateway asks of the usage feature. The gateway states these shapes in its `ports.ts`; the two packages never
 * import each other, so they are stated here again and the compiler checks the fit where both are composed.
 */

export interface LeaseRequest {
  /** Names this request: sent again after a lost answer, it is answered again and changes nothing twice. */
  requestId: string;
  entitlementId: string;
  /** The period that `surrender` belongs to; empty when there is none. */
  periodId: string;
  /** Units below which nothing is granted. */
  need: number;
  /** Units that are welcome. */
  want: number;
  /** Units of `periodId` given back. */
  surrender: number;
}

/** Times are epoch ms of the database's clock. */
export interface LeaseGrant {
  nowMs: number;
  periodId: string;
  startsAt: number;
  endsAt: number;
  /** 0 means refused; Infinity when unlimited. */
  granted: number;
  /** Units of the period that nobody holds after the grant, ≥ 0; Infinity when unlimited. */
  unleased: number;
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

/** The end of an answer that was streamed: completes the event with the same epoch and sequence. `ts` lies at most a day after the event's. */
export interface StreamEnd {
  epoch: number;
  sequence: number;
  ts: number;
  responseBytes: number;
  durationMs: number;
  outcome: 'complete' | 'aborted';
}

/** Refused calls of one key, code and minute (epoch ms). */
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
