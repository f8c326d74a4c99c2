/** Called when its record is written (null), or when it is not and never will be. */
export type Written = (error: Error | null) => void;

/** The answers that wait for their records to be written. */
export class Answers {
  /** While answers are released, they may bring more records: nothing is written in between. */
  releasing = false;
  #waiting: Written[] = [];

  get none(): boolean {
    return this.#waiting.length === 0;
  }

  add(written: Written): void {
    this.#waiting.push(written);
  }

  /** Everyone who waits; nobody does afterwards. */
  take(): Written[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  release(waiting: readonly Written[], error: Error | null): void {
    this.releasing = true;
    try {
      for (const written of waiting) written(error);
    } finally {
      this.releasing = false;
    }
  }
}
