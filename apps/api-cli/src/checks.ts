import type { Check, Gateway } from '@api-factory/gateway';
import type { ClockCheck } from './clock-check.ts';
import { shippingCheck } from './shipping/check.ts';

interface CheckedState {
  draining: boolean;
  databaseUp: boolean;
  gateway: Gateway;
  clocks: ClockCheck;
  now: number;
  maxAgeMs: number;
}

/** What readiness and health say, from states that are kept anyway. */
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
