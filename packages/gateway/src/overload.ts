const READ_EVERY_MS = 100;

/**
 * Says whether guarded calls are refused because the event loop runs too late. A call reads one boolean. One long turn of the loop
 * is no overload: it is over when it is measured. Two in a row are.
 */
export class Overload {
  refusing = false;
  readonly #limitMs: number;
  #previousMs = 0;

  /** @param limitMs delay of the event loop above which calls are refused */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Takes a reading of how late the loop ran its timers, in ms. */
  read(delayMs: number): void {
    this.refusing = Math.min(delayMs, this.#previousMs) > this.#limitMs;
    this.#previousMs = delayMs;
  }

  /**
   * Reads the delay ten times a second.
   * @param monotonic time in ms that never steps, forward neither: a step would look like a delay
   * @returns a function that ends it
   */
  follow(monotonic: { now(): number }): () => void {
    let dueAt = monotonic.now() + READ_EVERY_MS;
    const timer = setInterval(() => {
      const now = monotonic.now();
      this.read(now - dueAt);
      dueAt = now + READ_EVERY_MS;
    }, READ_EVERY_MS).unref();
    return () => clearInterval(timer);
  }
}
