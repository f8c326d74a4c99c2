import type { GatewayEntitlement, GatewayKey } from './snapshot/snapshot.ts';

/** A guarded call: the key that it was admitted with, and the units charged to the quota. */
export interface Call {
  readonly key: GatewayKey;
  /** The entitlement that was charged, even if the key moves to another one meanwhile. */
  readonly entitlement: GatewayEntitlement;
  /** Epoch ms. */
  readonly admittedAt: number;
  /** False when the guard refused the call: it counts as a refusal and writes no event. */
  admitted: boolean;
  /** The charged period; empty before the charge. */
  periodId: string;
  /** Units charged to the quota. */
  cost: number;
  /**
   * The generation of leases that the units came from; null for an unlimited quota. Units of an
   * unlimited quota and of a forgotten lease are never refunded: that would create units.
   */
  leasedIn: number | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on unguarded routes, and before the guard has found the key. */
    call: Call | null;
    /** Length of the request body; 0 when none was read. */
    bodyBytes: number;
  }
}

export type SendDone = (error: Error | null, payload: unknown) => void;
