/** Called with null once the record is written, or with an error if it will not be. */
export type Written = (error: Error | null) => void;

/** The callbacks of records that are not written yet. Each holds back a response. */
export class Answers {
  /** Set while callbacks run: they may append more records, which must not be written yet. */
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
