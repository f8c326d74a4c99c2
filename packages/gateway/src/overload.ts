const READ_EVERY_MS = 100;

/**
 * Decides whether to refuse guarded calls because the event loop is late. A call reads one boolean.
 * One long turn of the loop is not an overload: it has ended by the time it is measured. Two in a
 * row are.
 */
export class Overload {
  refusing = false;
  readonly #limitMs: number;
  #previousMs = 0;

  /** @param limitMs event loop delay above which calls are refused */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Records how late the loop ran a timer, in ms. */
  read(delayMs: number): void {
    this.refusing = Math.min(delayMs, this.#previousMs) > this.#limitMs;
    this.#previousMs = delayMs;
  }

  /**
   * Measures the delay ten times a second.
   * @param monotonic time in ms that never steps: a step would look like a delay
   * @returns a function that stops it
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
