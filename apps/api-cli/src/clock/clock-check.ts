import type { Check } from '@api-factory/gateway';
import type { FastifyBaseLogger } from 'fastify';

const CHECK_INTERVAL_MS = 60_000;
/**
 * Stripe signatures older than this are refused. `doctor` also reports smaller differences, which
 * NTP should fix.
 */
export const LARGEST_DIFFERENCE_MS = 300_000;

export interface ClockCheckOptions {
  /** The product's clock, which never steps back. */
  clock: { now(): number };
  /** The machine's clock, epoch ms. */
  wallClock: () => number;
  /** Reads the database's clock, epoch ms. */
  databaseNow: () => Promise<number>;
  log: FastifyBaseLogger;
}

/** How far the clocks are ahead of the database's, in ms. */
export interface Differences {
  machine: number;
  product: number;
}

/**
 * Compares the clocks of this machine, this process and the database once a minute. A difference is
 * advisory and refuses no calls: quota periods follow the database's clock; rate windows, expiry
 * and event times follow this process's.
 */
export class ClockCheck {
  readonly #options: ClockCheckOptions;
  /** How far the machine's clock is ahead of the database's, ms; null: not compared yet. */
  #machineAhead: number | null = null;
  #warned = false;

  constructor(options: ClockCheckOptions) {
    this.#options = options;
  }

  /**
   * The readiness check. A change to the machine's clock shows at once, a change to the database's
   * within a minute.
   */
  check(): Check {
    const wrong = differenceOf(this.#differences());
    return wrong === null ? { ok: true } : { ok: false, advisory: true, detail: wrong };
  }

  /** Compares now. While the database is unreachable, the last result stays. */
  async look(): Promise<void> {
    const { wallClock, databaseNow, log } = this.#options;
    try {
      const before = wallClock();
      const now = await databaseNow();
      this.#machineAhead = (before + wallClock()) / 2 - now;
    } catch {
      return;
    }
    const { ok, detail } = this.check();
    if (!ok && !this.#warned) log.warn({ differences: this.#differences() }, `clocks differ: ${detail}`);
    this.#warned = !ok;
  }

  #differences(): Differences {
    const { clock, wallClock } = this.#options;
    const machine = this.#machineAhead ?? 0;
    return { machine, product: machine + clock.now() - wallClock() };
  }

  /** Compares now and once a minute. @returns a function that stops it */
  follow(): () => Promise<void> {
    void this.look();
    const timer = setInterval(() => void this.look(), CHECK_INTERVAL_MS).unref();
    return async () => clearInterval(timer);
  }
}

/** Which clock differs by more than five minutes, and the fix; null when none does. */
export function differenceOf({ machine, product }: Differences): string | null {
  if (Math.abs(machine) > LARGEST_DIFFERENCE_MS)
    return `this machine’s clock is ${describeOffset(machine)} the database’s: sync both with NTP`;
  if (Math.abs(product) > LARGEST_DIFFERENCE_MS)
    return `the product’s clock is ${describeOffset(product)} the database’s, because this machine’s clock was set after startup: restart the product`;
  return null;
}

const describeOffset = (ms: number): string => `${Math.round(Math.abs(ms) / 60_000)} min ${ms < 0 ? 'behind' : 'ahead of'}`;
