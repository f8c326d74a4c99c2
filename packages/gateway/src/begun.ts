/** What a start has begun, and how each of it is ended should the start fail: what goes on would keep the process alive. */
export class Begun {
  readonly #ends: (() => unknown)[] = [];

  add(...ends: (() => unknown)[]): void {
    this.#ends.push(...ends);
  }

  /** Ends the last one first. What can't be ended is passed over: the caller tells why the start failed, not what came of it. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch {
        // The next one is ended all the same.
      }
    }
  }
}
