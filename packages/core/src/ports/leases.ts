import type { Lease, LeasePlan } from '../guard/quota.ts';

export interface LeaseRequest extends LeasePlan {
  /** Makes the request idempotent: sent again after a lost answer, it changes nothing twice. */
  requestId: string;
  entitlementId: string;
  /** The period that `surrender` belongs to; empty when there is none. */
  periodId: string;
}

/**
 * A lease by the database's clock. `nowMs` is its time of the answer, to shift the bounds to the
 * gateway's clock.
 */
export interface LeaseGrant extends Lease {
  nowMs: number;
}

export interface LeaseSource {
  /** Requests that it handles at once: the connections of its pool. */
  readonly atOnce: number;
  /**
   * Takes `surrender` back, then grants between `need` and `want` units of the entitlement's
   * current period, or 0. Exact for any number of gateways: rows are locked, and grants never
   * exceed limit − settled − leased. Idempotent per `requestId`.
   * @throws Error when the entitlement does not exist
   */
  acquire(request: LeaseRequest): Promise<LeaseGrant>;
  /**
   * Whether an error means that the database can't be reached, rather than a problem with one
   * request.
   */
  isAway(error: Error): boolean;
  /** Returns every unspent unit of this gateway. Only correct when all of its usage is settled. */
  releaseAll(): Promise<void>;
  /**
   * Settles the units that this gateway holds as spent: after a crash of its host nobody knows
   * which of them were used.
   */
  writeOff(): Promise<void>;
}
