/**
 * Runs cleanup steps in reverse order: at a stop, and after a failed start, where a timer left
 * behind would keep the process alive.
 */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  add(...steps: (() => unknown)[]): void {
    this.#steps.push(...steps);
  }

  /** Runs each step once; a failing one doesn't keep the others from running. */
  async run(onError: (error: unknown) => void): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        onError(error);
      }
    }
  }
}
