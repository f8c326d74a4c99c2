import type { GatewayEntitlement } from '../snapshot/snapshot.ts';

/** Heavy calls of one entitlement that may be in flight at once. */
export const HEAVY_IN_FLIGHT = 4;

/** Counts the heavy calls in flight per entitlement. */
export class Places {
  /** Entitlements that have no place left. */
  full = 0;
  readonly #taken = new WeakMap<GatewayEntitlement, number>();

  isFull(entitlement: GatewayEntitlement): boolean {
    return (this.#taken.get(entitlement) ?? 0) >= HEAVY_IN_FLIGHT;
  }

  /** @returns false when none is left; then nothing was taken */
  take(entitlement: GatewayEntitlement): boolean {
    const taken = this.#taken.get(entitlement) ?? 0;
    if (taken >= HEAVY_IN_FLIGHT) return false;
    this.#taken.set(entitlement, taken + 1);
    if (taken + 1 === HEAVY_IN_FLIGHT) this.full += 1;
    return true;
  }

  leave(entitlement: GatewayEntitlement): void {
    const taken = this.#taken.get(entitlement) ?? 0;
    if (taken === HEAVY_IN_FLIGHT) this.full -= 1;
    if (taken > 0) this.#taken.set(entitlement, taken - 1);
  }
}
