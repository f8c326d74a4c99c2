import type { GatewayEntitlement, GatewayKey } from './snapshot/snapshot.ts';

/** A guarded call on its way: what it was admitted with, and what it has taken from the quota so far. */
export interface Call {
  readonly key: GatewayKey;
  /** Where the units came from, even when the key moves meanwhile. */
  readonly entitlement: GatewayEntitlement;
  /** Epoch ms. */
  readonly admittedAt: number;
  /** False when the guard refused the call: then it is counted as a refusal and leaves no event. */
  admitted: boolean;
  /** The period that `cost` was taken from; empty while nothing is charged. */
  periodId: string;
  /** Units taken from the quota. */
  cost: number;
  /**
   * Which generation of leases its units came from; null for units of an unlimited quota. Giving those back to a plan that became limited
   * meanwhile, or those of a lease that was forgotten, would make units.
   */
  leasedIn: number | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on a route that is not guarded, and before the guard has found the key. */
    call: Call | null;
    /** Length of the body that arrived; 0 when none was read. */
    bodyBytes: number;
  }
}

export type SendDone = (error: Error | null, payload: unknown) => void;
