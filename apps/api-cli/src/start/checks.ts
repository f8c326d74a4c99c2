import type { Check, Gateway } from '@api-factory/gateway';
import type { ClockCheck } from '../clock/clock-check.ts';

interface CheckedState {
  draining: boolean;
  databaseUp: boolean;
  gateway: Gateway;
  clocks: ClockCheck;
  now: number;
  maxAgeMs: number;
}

/** The checks of `/_api/readyz` and `/_api/healthz`, from state in memory. */
export function checks({ draining, databaseUp, gateway, clocks, now, maxAgeMs }: CheckedState): Record<string, Check> {
  const ageMs = gateway.snapshot.ageMs(now);
  const behindMs = gateway.progress.behindSince === null ? 0 : now - gateway.progress.behindSince;
  return {
    serving: draining ? { ok: false, detail: 'stopping' } : { ok: true },
    database: databaseUp && ageMs < 5_000 ? { ok: true } : { ok: false, detail: `last answered ${Math.round(ageMs / 1000)} s ago` },
    keys: ageMs <= maxAgeMs ? { ok: true, detail: `version ${gateway.snapshot.version}` } : { ok: false, detail: 'can’t be confirmed' },
    spool: gateway.spool.fault
      ? { ok: false, detail: `can’t be written: ${gateway.spool.fault.message}` }
      : {
          ok: true,
          detail: `${gateway.spool.end - gateway.progress.cursor} bytes not shipped, oldest ${Math.round(behindMs / 1000)} s`,
        },
    shipping: shippingCheck(gateway.progress.failingSince, now),
    clock: clocks.check(),
  };
}

/** Shorter failures are common, for example while the database restarts. */
const MAX_FAILING_MS = 60_000;

/**
 * Whether usage reaches the database. `failingSince` (epoch ms): when the current run of failures
 * started; null when the last attempt succeeded.
 */
export function shippingCheck(failingSince: number | null, nowMs: number): Check {
  if (failingSince === null) return { ok: true };
  const failingMs = nowMs - failingSince;
  const detail = `failing for ${Math.round(failingMs / 1000)} s; see the log`;
  return { ok: failingMs <= MAX_FAILING_MS, detail };
}
