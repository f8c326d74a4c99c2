/** Called with null when the record is written, or with the error when it never will be. */
export type Written = (error: Error | null) => void;

/** The responses that wait for their records to be written. */
export class Answers {
  /**
   * Set while responses are released: they may append more records, and nothing is written in
   * between.
   */
  releasing = false;
  #waiting: Written[] = [];

  get none(): boolean {
    return this.#waiting.length === 0;
  }

  add(written: Written): void {
    this.#waiting.push(written);
  }

  /** Removes and returns all of them. */
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
