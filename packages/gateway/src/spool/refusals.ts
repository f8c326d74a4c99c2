import type { Clock, DenyCode, RefusalCount } from '@api-factory/core';
import type { GatewayKey } from '../snapshot/snapshot.ts';
import { encodeRefusals } from './record.ts';
import type { Spool } from './spool.ts';

const MINUTE_MS = 60_000;

/**
 * Counts refused calls per key, code and minute, so that a flood of them writes one record a
 * minute. A crash loses the current minute.
 */
export class Refusals {
  readonly #clock: Clock;
  readonly #spool: Spool;
  #minute = 0;
  #counts = new Map<string, RefusalCount>();

  constructor(clock: Clock, spool: Spool) {
    this.#clock = clock;
    this.#spool = spool;
  }

  count(key: GatewayKey, code: DenyCode | 'QUOTA_UNAVAILABLE' | 'OVERLOADED'): void {
    const now = this.#clock.now();
    const minute = now - (now % MINUTE_MS);
    if (minute !== this.#minute) this.flush();
    this.#minute = minute;
    const name = `${key.id} ${code}`;
    const known = this.#counts.get(name);
    if (known) known.count += 1;
    else this.#counts.set(name, { minute, entitlementId: key.entitlement.id, keyId: key.id, code, count: 1 });
  }

  /**
   * Writes the counts to the spool. A failed write drops them: refusals are statistics, not money.
   */
  flush(): void {
    const counts = this.#counts;
    this.#counts = new Map();
    for (const refusals of counts.values()) this.#spool.appendFrame(encodeRefusals(refusals), () => {});
  }

  /** Flushes once a minute, even without new calls. @returns a function that stops it */
  follow(): () => void {
    const timer = setInterval(() => this.flush(), MINUTE_MS);
    return () => clearInterval(timer);
  }
}
