import type { Lease, LeasePlan } from '../guard/quota.ts';

export interface LeaseRequest extends LeasePlan {
  /** Makes the request idempotent: it can be sent again after a lost response. */
  requestId: string;
  entitlementId: string;
  /** The period that `surrender` belongs to; empty when there is none. */
  periodId: string;
}

/**
 * A lease in the database's clock. `nowMs` is the database's time of the response, for converting
 * the bounds to the gateway's clock.
 */
export interface LeaseGrant extends Lease {
  nowMs: number;
}

export interface LeaseSource {
  /** Maximum concurrent requests: the size of its connection pool. */
  readonly atOnce: number;
  /**
   * Takes `surrender` back, then grants between `need` and `want` units of the entitlement's
   * current period, or 0. Exact with any number of gateways: rows are locked, and grants never
   * exceed limit − settled − leased. Idempotent per `requestId`.
   * @throws Error when the entitlement does not exist
   */
  acquire(request: LeaseRequest): Promise<LeaseGrant>;
  /**
   * Whether an error means that the database is unreachable, rather than that one request failed.
   */
  isAway(error: Error): boolean;
  /** Returns every unspent unit of this gateway. Only correct when all of its usage is settled. */
  releaseAll(): Promise<void>;
  /**
   * Settles all leased units of this gateway as spent: after a crash of its host it is unknown
   * which of them were used.
   */
  writeOff(): Promise<void>;
}
