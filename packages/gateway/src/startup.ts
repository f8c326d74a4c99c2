/**
 * What a start has set up so far, to be undone when the start fails: a timer left behind would keep
 * the process alive.
 */
export class Startup {
  readonly #undo: (() => unknown)[] = [];

  add(...undo: (() => unknown)[]): void {
    this.#undo.push(...undo);
  }

  /**
   * Undoes the steps in reverse order. Failures are ignored: the caller reports why the start
   * failed.
   */
  async undo(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch {
        // The remaining steps are undone anyway.
      }
    }
  }
}
