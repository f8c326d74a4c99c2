import { hrtime } from 'node:process';

/** The two clocks of a machine, in ms. */
export interface MachineTime {
  /** Epoch ms. It can be set, forwards and backwards. */
  wall(): number;
  /** Never set; counts from the same moment in every thread of the process. */
  monotonic(): number;
}

/** A forward step of the wall clock that is followed; less is drift and noise. */
const SLACK_MS = 1_000;
const LOOK_EVERY_MS = 1_000;

/**
 * The clocks of this machine. `performance.now` is the fastest to read, but begins anew in every
 * thread.
 */
export function machineTime(): MachineTime {
  const origin = Number(hrtime.bigint()) / 1e6 - performance.now();
  return { wall: Date.now, monotonic: () => origin + performance.now() };
}

/**
 * Monotonic time, anchored to wall time: epoch ms that never step back within a process. When wall
 * time runs ahead (the machine slept, its clock was set), it jumps after it within a second; when
 * the clock is set back, it goes on from where it was. All threads of the process read the same
 * time: the anchor lies in memory that they share.
 */
export class AnchoredClock {
  /** Holds the anchor in µs, for `sharedClock` in another thread. */
  readonly shared = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  readonly #time: MachineTime;
  #anchorMs: number;

  constructor(time: MachineTime = machineTime()) {
    this.#time = time;
    this.#anchorMs = this.#anchor(time.wall() - time.monotonic());
  }

  /** Epoch ms. */
  now(): number {
    return this.#anchorMs + this.#time.monotonic();
  }

  /** Follows a step of the wall clock that is over. */
  look(): void {
    const ahead = this.#time.wall() - this.now();
    if (ahead > SLACK_MS) this.#anchorMs = this.#anchor(this.#anchorMs + ahead);
  }

  /** Looks once a second, for as long as the process lives. */
  follow(): this {
    setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    return this;
  }

  /** In whole µs, so that every thread reads the very same number. */
  #anchor(ms: number): number {
    const micros = Math.round(ms * 1_000);
    Atomics.store(new BigInt64Array(this.shared), 0, BigInt(micros));
    return micros / 1_000;
  }
}

/** The clock of the thread that made `shared`, as another thread reads it. */
export function sharedClock(shared: SharedArrayBuffer, { monotonic }: Pick<MachineTime, 'monotonic'> = machineTime()): { now(): number } {
  const anchor = new BigInt64Array(shared);
  return { now: () => Number(Atomics.load(anchor, 0)) / 1_000 + monotonic() };
}
