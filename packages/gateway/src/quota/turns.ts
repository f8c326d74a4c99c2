/** Lets so many tasks run at once; the others wait for their turn, first come, first served. */
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

  /** Resolves when it is the caller's turn, which lasts until `leave`. */
  enter(): Promise<void> | void {
    if (this.free) {
      this.#taken += 1;
      return;
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  /** Ends a turn: it passes to the one who has waited longest. */
  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
