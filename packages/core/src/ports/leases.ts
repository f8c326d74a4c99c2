import type { Lease, LeasePlan } from '../guard/quota.ts';

export interface LeaseRequest extends LeasePlan {
  /**
   * Names this request: sent again after a lost answer, it is answered again and changes nothing
   * twice.
   */
  requestId: string;
  entitlementId: string;
  /** The period that `surrender` belongs to; empty when there is none. */
  periodId: string;
}

/**
 * A lease in the database's clock: `nowMs` is its time of the answer, so that the gateway can shift
 * the bounds to its own.
 */
export interface LeaseGrant extends Lease {
  nowMs: number;
}

export interface LeaseSource {
  /**
   * How many requests it works on at once; more would only wait for a connection, and might do so
   * too long.
   */
  readonly atOnce: number;
  /**
   * One guarded statement: gives back `surrender`, then grants between `need` and `want` units, or
   * 0.
   */
  acquire(request: LeaseRequest): Promise<LeaseGrant>;
  /**
   * Whether a failure of `acquire` says that the database can't be reached, rather than something
   * about this one request.
   */
  isAway(error: Error): boolean;
  /**
   * Gives every unspent unit of this gateway back. Only called when all of its usage is settled.
   */
  releaseAll(): Promise<void>;
  /**
   * Settles every unspent unit as spent: after a crash of the host nobody knows which of them were.
   */
  writeOff(): Promise<void>;
}
