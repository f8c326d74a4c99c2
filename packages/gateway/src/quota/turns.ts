/** A semaphore: at most `atOnce` tasks run, the others wait in order. */
export class Turns {
  readonly #atOnce: number;
  readonly #queue: (() => void)[] = [];
  #taken = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Whether a task would run without waiting. */
  get free(): boolean {
    return this.#taken < this.#atOnce;
  }

  /** Resolves when the caller may run, until it calls `leave`. */
  enter(): Promise<void> | void {
    if (this.free) {
      this.#taken += 1;
      return;
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  /** Lets the next waiting task run. */
  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
