import type { GatewayEntitlement } from '../snapshot/snapshot.ts';

/** Maximum heavy calls of an entitlement in flight. */
export const HEAVY_IN_FLIGHT = 4;

/** Slots for heavy calls in flight, per entitlement. */
export class HeavySlots {
  /** Number of entitlements without a free slot. */
  full = 0;
  readonly #taken = new WeakMap<GatewayEntitlement, number>();

  isFull(entitlement: GatewayEntitlement): boolean {
    return (this.#taken.get(entitlement) ?? 0) >= HEAVY_IN_FLIGHT;
  }

  /** @returns false when no slot is free; then nothing was taken */
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
