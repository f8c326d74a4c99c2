import type { Check } from '@api-factory/gateway';

/** Shipping that has failed for longer does not recover from a moment's trouble. */
const LONGEST_FAILING_MS = 60_000;

/** Whether usage reaches the database. `failingSince` is null, or the time (epoch ms) since when no try has worked. */
export function shippingCheck(failingSince: number | null, nowMs: number): Check {
  if (failingSince === null) return { ok: true };
  const failingMs = nowMs - failingSince;
  const detail = `has failed for ${Math.round(failingMs / 1000)} s; the log says why`;
  return { ok: failingMs <= LONGEST_FAILING_MS, detail };
}
