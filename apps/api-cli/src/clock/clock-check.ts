import type { Check } from '@api-factory/gateway';
import type { FastifyBaseLogger } from 'fastify';

const LOOK_EVERY_MS = 60_000;
/**
 * Stripe refuses signatures that are older; shorter differences are a matter of NTP, and `doctor`
 * tells of them.
 */
export const LARGEST_DIFFERENCE_MS = 300_000;

export interface ClockCheckOptions {
  /** The product's clock, which never steps back. */
  clock: { now(): number };
  /** The machine's clock, epoch ms. */
  wallClock: () => number;
  /** Asks the database for its clock, epoch ms. */
  databaseNow: () => Promise<number>;
  log: FastifyBaseLogger;
}

/** How far the clocks are ahead of the database's, in ms. */
export interface Differences {
  machine: number;
  product: number;
}

/**
 * Compares the clocks of this machine, of this process and of the database once a minute. A
 * difference refuses no call, so it is an advice: quota periods follow the database, rate windows,
 * expiry and the times of events this process.
 */
export class ClockCheck {
  readonly #options: ClockCheckOptions;
  /** How far the machine's clock is ahead of the database's, ms; null: not compared yet. */
  #machineAhead: number | null = null;
  #told = false;

  constructor(options: ClockCheckOptions) {
    this.#options = options;
  }

  /**
   * What readiness says of it. A machine's clock that was set after the start shows at once, the
   * database's within a minute.
   */
  check(): Check {
    const wrong = differenceOf(this.#differences());
    return wrong === null ? { ok: true } : { ok: false, advisory: true, detail: wrong };
  }

  /** Compares now. When the database can’t be asked, what was found before stays. */
  async look(): Promise<void> {
    const { wallClock, databaseNow, log } = this.#options;
    try {
      const asked = wallClock();
      const now = await databaseNow();
      this.#machineAhead = (asked + wallClock()) / 2 - now;
    } catch {
      return;
    }
    const { ok, detail } = this.check();
    if (!ok && !this.#told) log.warn({ differences: this.#differences() }, `clocks differ: ${detail}`);
    this.#told = !ok;
  }

  #differences(): Differences {
    const { clock, wallClock } = this.#options;
    const machine = this.#machineAhead ?? 0;
    return { machine, product: machine + clock.now() - wallClock() };
  }

  /** Looks now and once a minute. @returns a function that ends it */
  follow(): () => Promise<void> {
    void this.look();
    const timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    return async () => clearInterval(timer);
  }
}

/** What differs by more than five minutes, and what to do; null when nothing does. */
export function differenceOf({ machine, product }: Differences): string | null {
  if (Math.abs(machine) > LARGEST_DIFFERENCE_MS) return `this machine’s clock is ${inWords(machine)} the database’s: set both by NTP`;
  if (Math.abs(product) > LARGEST_DIFFERENCE_MS)
    return `the product’s clock is ${inWords(product)} the database’s, because this machine’s was set after the start: restart the product`;
  return null;
}

const inWords = (ms: number): string => `${Math.round(Math.abs(ms) / 60_000)} min ${ms < 0 ? 'behind' : 'ahead of'}`;
