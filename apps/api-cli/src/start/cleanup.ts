import type { FastifyBaseLogger } from 'fastify';

/** Closes what was opened, in reverse order: at a stop, and when a start fails halfway. */
export class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = [];
  add(...steps: (() => Promise<unknown>)[]): void {
    for (const step of steps) this.#steps.unshift(step);
  }
  async run(log: FastifyBaseLogger): Promise<void> {
    for (const step of this.#steps.splice(0)) await step().catch((err) => log.error({ err }, 'could not shut down cleanly'));
  }
}
