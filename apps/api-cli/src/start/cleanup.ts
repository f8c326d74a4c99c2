import type { FastifyBaseLogger } from 'fastify';

/**
 * Everything that was opened, closed again in the opposite order, also when the start fails
 * halfway.
 */
export class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = [];
  add(...steps: (() => Promise<unknown>)[]): void {
    for (const step of steps) this.#steps.unshift(step);
  }
  async run(log: FastifyBaseLogger): Promise<void> {
    for (const step of this.#steps.splice(0)) await step().catch((err) => log.error({ err }, 'a part could not be closed'));
  }
}
