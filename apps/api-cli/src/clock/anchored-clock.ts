import { hrtime } from 'node:process';

/** The two clocks of a machine, in ms. */
export interface MachineTime {
  /** Epoch ms. Can be set forward and back. */
  wall(): number;
  /** Can't be set; has the same origin in every thread of the process. */
  monotonic(): number;
}

/** Smaller forward steps of the wall clock are ignored as drift and noise. */
const SLACK_MS = 1_000;
const CHECK_INTERVAL_MS = 1_000;

/**
 * The clocks of this machine. `performance.now` is the fastest to read, but restarts at zero in
 * every thread.
 */
export function machineTime(): MachineTime {
  const origin = Number(hrtime.bigint()) / 1e6 - performance.now();
  return { wall: Date.now, monotonic: () => origin + performance.now() };
}

/**
 * Monotonic time anchored to wall time: epoch ms that never step back within a process. When wall
 * time jumps ahead (the machine slept, its clock was set), this clock follows within a second; when
 * the wall clock is set back, it continues unchanged. The anchor is in shared memory, so that all
 * threads of the process read the same time.
 */
export class AnchoredClock {
  /** Contains the anchor in µs, for `sharedClock` in another thread. */
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

  /** Adjusts to a forward step of the wall clock. */
  look(): void {
    const ahead = this.#time.wall() - this.now();
    if (ahead > SLACK_MS) this.#anchorMs = this.#anchor(this.#anchorMs + ahead);
  }

  /** Checks once a second until the process exits. */
  follow(): this {
    setInterval(() => this.look(), CHECK_INTERVAL_MS).unref();
    return this;
  }

  /** Stores whole µs, so that every thread reads exactly the same number. */
  #anchor(ms: number): number {
    const micros = Math.round(ms * 1_000);
    Atomics.store(new BigInt64Array(this.shared), 0, BigInt(micros));
    return micros / 1_000;
  }
}

/** Reads, from another thread, the clock that owns `shared`. */
export function sharedClock(shared: SharedArrayBuffer, { monotonic }: Pick<MachineTime, 'monotonic'> = machineTime()): { now(): number } {
  const anchor = new BigInt64Array(shared);
  return { now: () => Number(Atomics.load(anchor, 0)) / 1_000 + monotonic() };
}
